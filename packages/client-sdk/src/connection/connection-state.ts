/**
 * Hop 2/8: which phase the connection is in, and where each event leads. Pure.
 *
 *            start             welcomed
 *     idle ────────▶ connecting ───────▶ connected ◀─────────────┐
 *                        │ lost            │ lost                 │ welcomed
 *                        ▼                 ▼      retry-due, woke │
 *     failed ◀─ never ───┴──▶ waiting ──────────▶ reconnecting ───┘
 *        └─ start ▶ connecting   │ offline             │ lost ▶ waiting, offline or failed
 *                                ▼                     │
 *     any ── close ▶ closed   offline ── retry-due, woke ▶ reconnecting
 *
 * `attempt` numbers the phases that own a socket or wait for one; the shell drops what belongs to an older one,
 * and enters a phase by its name: open a socket, wait, or watch. Serves G7.5.
 */
import type { RetryVerdict } from '@holdline/protocol';

export type ConnectionPhase =
  | 'idle'
  | 'connecting'
  | 'connected'
  | 'waiting'
  | 'reconnecting'
  | 'offline'
  | 'failed'
  | 'closed';

export interface ConnectionSnapshot {
  readonly phase: ConnectionPhase;
  readonly attempt: number;
  /** Attempts in a row that ended before they were stable. */
  readonly failures: number;
  /** The token was asked for once more because the last was refused; a second refusal is final. Forgotten once stable. */
  readonly isReauthed: boolean;
}

export type SimpleEvent =
  | 'start'
  | 'welcome'
  | 'stable'
  | 'retry' // the wait is over: there is a network again, or the page is seen again
  | 'offline' // the browser says that there is no network
  | 'close';

export const INITIAL: ConnectionSnapshot = { phase: 'idle', attempt: 0, failures: 0, isReauthed: false };

type Row = Partial<Record<ConnectionPhase, ConnectionPhase>>;
const RETRY: Row = { waiting: 'reconnecting', offline: 'reconnecting' };

/** What is not in a row stays as it is; nothing leaves `closed`. */
const NEXT: Readonly<Record<Exclude<SimpleEvent, 'close' | 'stable'>, Row>> = {
  start: { ...RETRY, idle: 'connecting', failed: 'connecting' },
  welcome: { connecting: 'connected', reconnecting: 'connected' },
  retry: RETRY,
  offline: { connecting: 'offline', reconnecting: 'offline', waiting: 'offline' },
};

export function transition(state: ConnectionSnapshot, event: SimpleEvent): ConnectionSnapshot {
  const { phase, attempt } = state;
  if (event === 'close') return phase === 'closed' ? state : enter(state, 'closed');
  if (event === 'stable') return phase === 'connected' ? { ...INITIAL, phase, attempt } : state;
  const next = NEXT[event][phase];
  // A failed client starts over: what it has tried before does not count.
  return next ? enter(phase === 'failed' ? { ...INITIAL, attempt } : state, next) : state;
}

/** The one place that decides what a lost connection means. */
export function afterLoss(state: ConnectionSnapshot, retry: RetryVerdict, isOffline: boolean): ConnectionSnapshot {
  const { phase, isReauthed } = state;
  const isAuth = retry === 'after-auth';
  if (!hasSocket(phase)) return state;
  // A server that has welcomed took the token for good: however short it lived, that is no refusal.
  if (retry === 'never' || (isAuth && isReauthed && phase !== 'connected')) return enter(state, 'failed');
  // At once, but once: tokens that keep running out before the connection is stable are asked for with pauses.
  if (isAuth && !isReauthed) return enter({ ...state, isReauthed: true }, 'reconnecting');
  return enter({ ...state, failures: state.failures + 1 }, isOffline ? 'offline' : 'waiting');
}

/** Connecting, connected or reconnecting. */
export const hasSocket = (phase: ConnectionPhase): boolean => /conn/.test(phase);

/** The socket of an attempt lives on when it becomes connected; every other step leaves it behind. */
const enter = (state: ConnectionSnapshot, phase: ConnectionPhase): ConnectionSnapshot => ({
  ...state,
  phase,
  attempt: state.attempt + Number(phase !== 'connected'),
});
