/**
 * Hop 8/8: a membership and its way back. Pure; what a phase begins with (ask, wait, resolve, reject) is the shell's.
 *
 *     left ── join ▶ joining ── joined ▶ catching-up ── live ▶ live ◀─ restored ─┐
 *      ▲              ▲   │ refused          │                  │                │
 *      │ leave        │   ├── never ▶ denied │                  └─ degraded ▶ degraded
 *      └── any        │   ▼                  ▼ hole: joining at once, after a second one refused
 *           retry-due ┴ refused     disconnected: any but left and denied ▶ joining
 *
 * `ref` numbers the joins. Frames of the room count only between the `joined` of the newest and the next join.
 */
import type { RetryVerdict } from '@holdline/protocol';

export type RoomPhase = 'left' | 'joining' | 'refused' | 'catching-up' | 'live' | 'degraded' | 'denied';

export interface RoomSnapshot {
  readonly phase: RoomPhase;
  readonly ref: number;
  /** Refusals and holes in a row. */
  readonly failures: number;
}

export type RoomEvent =
  | {
      readonly type:
        | 'join'
        | 'leave'
        | 'disconnected'
        | 'live'
        | 'hole'
        | 'degraded'
        | 'restored'
        | 'retry'
        | 'draining';
    }
  | { readonly type: 'joined'; readonly ref?: number }
  /** The answer to a join, or, without `ref`, the end of the membership. */
  | { readonly type: 'refused'; readonly retry: RetryVerdict; readonly ref: number | undefined };

export const LEFT: RoomSnapshot = { phase: 'left', ref: 0, failures: 0 };

/** Does the server send to this member, and do we listen? */
export const isMember = (phase: RoomPhase): boolean =>
  phase === 'catching-up' || phase === 'live' || phase === 'degraded';

const joining = (state: RoomSnapshot): RoomSnapshot => ({
  ...state,
  phase: 'joining',
  ref: state.ref + 1,
});

const refused = (state: RoomSnapshot): RoomSnapshot => ({ ...state, phase: 'refused', failures: state.failures + 1 });

export function transition(state: RoomSnapshot, event: RoomEvent): RoomSnapshot {
  const { phase, failures } = state;
  const isIn = isMember(phase);
  const isWanted = phase !== 'denied' && phase !== 'left';
  switch (event.type) {
    case 'join':
      return isIn || phase === 'joining' ? state : joining(state);
    case 'leave':
      return { ...state, phase: 'left' };
    case 'disconnected':
      return isWanted ? joining(state) : state;
    case 'joined':
      return phase === 'joining' && event.ref === state.ref ? { ...state, phase: 'catching-up' } : state;
    case 'live':
      return isIn ? { ...state, phase: 'live', failures: 0 } : state;
    case 'refused':
      if (event.ref === undefined ? !isWanted : phase !== 'joining' || event.ref !== state.ref) return state;
      return event.retry === 'never' ? { ...state, phase: 'denied' } : refused(state);
    case 'hole':
      if (!isIn) return state;
      return failures > 0 ? refused(state) : joining({ ...state, failures: 1 });
    case 'degraded':
      return phase === 'live' ? { ...state, phase: event.type } : state;
    case 'restored':
      return phase === 'degraded' ? { ...state, phase: 'live' } : state;
    case 'retry':
      return phase === 'refused' ? joining(state) : state;
    default:
      // A notice that only a newer server knows.
      return state;
  }
}
