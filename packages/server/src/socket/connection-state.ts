/**
 * Hop 3/8: the life of one connection, pure. The shell (`connection.ts`) feeds events and performs effects.
 *
 *   awaiting-hello ──hello──▶ authenticating ──authenticated──▶ open ──drain──▶ draining
 *         │                         │                             │                │
 *         └── late, bad, other ─────┴── refused, drain ───────────┴── expired, ────┴──▶ closed
 *                                                                 silent, stalled,
 *                                                                 overloaded, strikes
 *
 * `closed` is terminal: nothing leaves it. Implements G7.3, G7.5, G7.6, G8.1, G8.3.
 */
import type { CloseName, ErrorCode } from '@holdline/protocol';

export type ConnectionState =
  | { readonly name: 'awaiting-hello' }
  | { readonly name: 'authenticating' }
  /** `strikes`: when frames came that could not be read, as far as they still count. */
  | { readonly name: 'open'; readonly strikes: readonly number[] }
  | { readonly name: 'draining'; readonly strikes: readonly number[] }
  | { readonly name: 'closed' };

export type ConnectionEvent =
  | { readonly type: 'hello' }
  /** Any other well-formed frame. */
  | { readonly type: 'frame' }
  /** A frame that could not be read at all: not text, not JSON, of no known shape. */
  | { readonly type: 'bad-frame'; readonly atMs: number; readonly code: ErrorCode }
  /** A frame of a known shape in which one value breaks its rule. */
  | { readonly type: 'refused-frame'; readonly code: ErrorCode }
  | { readonly type: 'authenticated' }
  | { readonly type: 'auth-refused'; readonly code: ErrorCode }
  | { readonly type: 'hello-timed-out' }
  | { readonly type: 'token-expired' }
  /** Nothing was heard for too long. */
  | { readonly type: 'silent' }
  /** No byte was taken for too long, or far too much waits. */
  | { readonly type: 'stalled' }
  | { readonly type: 'overloaded' }
  | { readonly type: 'fault' }
  | { readonly type: 'drain-started' }
  | { readonly type: 'drain-ended' }
  | { readonly type: 'socket-closed' };

export type ConnectionEffect =
  /** Verify the hello that has just come. */
  | { readonly do: 'authenticate' }
  | { readonly do: 'welcome' }
  /** Hand the frame that has just come to its handler. */
  | { readonly do: 'dispatch' }
  /** Answer the frame that has just come with its own error. */
  | { readonly do: 'refuse' }
  | { readonly do: 'send-error'; readonly code: ErrorCode }
  | { readonly do: 'notice-draining' }
  | { readonly do: 'close'; readonly close: CloseName }
  /** Leave all rooms, stop all timers. */
  | { readonly do: 'release' };

export interface Transition {
  readonly state: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

/** So many unreadable frames within the window end the connection. */
export const MAX_STRIKES = 3;
export const STRIKE_WINDOW_MS = 60_000;

export const INITIAL_STATE: ConnectionState = { name: 'awaiting-hello' };

/** One for all: states do not change, and nearly every connection is in this one. */
const WELCOMED: Transition = { state: { name: 'open', strikes: [] }, effects: [{ do: 'welcome' }] };
/** One for all: this is what nearly every frame does. */
const DISPATCH: readonly ConnectionEffect[] = [{ do: 'dispatch' }];

export function transition(state: ConnectionState, event: ConnectionEvent): Transition {
  if (state.name === 'closed') return stay(state);
  switch (event.type) {
    case 'socket-closed':
      return { state: { name: 'closed' }, effects: [{ do: 'release' }] };
    case 'silent':
      return closing('heartbeat_timeout');
    case 'stalled':
      return closing('slow_consumer');
    case 'overloaded':
      return closing('overloaded');
    case 'fault':
      return closing('internal', 'internal');
    default:
      return transitionByState(state, event);
  }
}

type OtherEvent = Exclude<
  ConnectionEvent,
  { readonly type: 'socket-closed' | 'silent' | 'stalled' | 'overloaded' | 'fault' }
>;

function transitionByState(state: Exclude<ConnectionState, { name: 'closed' }>, event: OtherEvent): Transition {
  switch (state.name) {
    case 'awaiting-hello':
      return beforeHello(state, event);
    case 'authenticating':
      return whileAuthenticating(state, event);
    case 'open':
    case 'draining':
      return afterHello(state, event);
  }
}

function beforeHello(state: ConnectionState, event: OtherEvent): Transition {
  switch (event.type) {
    case 'hello':
      return { state: { name: 'authenticating' }, effects: [{ do: 'authenticate' }] };
    case 'frame':
      return closing('bad_request', 'hello_required');
    case 'bad-frame':
    case 'refused-frame':
      return closing('bad_request', event.code);
    case 'hello-timed-out':
      return closing('hello_timeout', 'hello_timeout');
    case 'drain-started':
    case 'drain-ended':
      return closing('draining');
    case 'authenticated':
    case 'auth-refused':
    case 'token-expired':
      return stay(state);
  }
}

/** Frames that come meanwhile wait in the inbox; the deadline of `authenticate` is its own. */
function whileAuthenticating(state: ConnectionState, event: OtherEvent): Transition {
  switch (event.type) {
    case 'authenticated':
      return WELCOMED;
    case 'auth-refused':
      return closing(closeOfRefusal(event.code), event.code);
    case 'drain-started':
    case 'drain-ended':
      return closing('draining');
    case 'hello':
    case 'frame':
    case 'bad-frame':
    case 'refused-frame':
    case 'hello-timed-out':
    case 'token-expired':
      return stay(state);
  }
}

type Serving = Extract<ConnectionState, { name: 'open' | 'draining' }>;

function afterHello(state: Serving, event: OtherEvent): Transition {
  switch (event.type) {
    case 'hello':
      return { state, effects: [{ do: 'send-error', code: 'hello_repeated' }] };
    case 'frame':
      return { state, effects: DISPATCH };
    case 'refused-frame':
      return { state, effects: [{ do: 'refuse' }] };
    case 'bad-frame':
      return strike(state, event.atMs);
    case 'token-expired':
      return closing('token_expired', 'token_expired');
    case 'drain-started':
      return state.name === 'draining'
        ? stay(state)
        : { state: { ...state, name: 'draining' }, effects: [{ do: 'notice-draining' }] };
    case 'drain-ended':
      return closing('draining');
    case 'authenticated':
    case 'auth-refused':
    case 'hello-timed-out':
      return stay(state);
  }
}

function strike(state: Serving, atMs: number): Transition {
  const strikes = [...state.strikes.filter((struckAtMs) => atMs - struckAtMs < STRIKE_WINDOW_MS), atMs];
  if (strikes.length < MAX_STRIKES) return { state: { ...state, strikes }, effects: [{ do: 'refuse' }] };
  return {
    state: { name: 'closed' },
    effects: [{ do: 'refuse' }, { do: 'close', close: 'bad_request' }, { do: 'release' }],
  };
}

const stay = (state: ConnectionState): Transition => ({ state, effects: [] });

function closing(close: CloseName, code?: ErrorCode): Transition {
  const errors: readonly ConnectionEffect[] = code === undefined ? [] : [{ do: 'send-error', code }];
  return { state: { name: 'closed' }, effects: [...errors, { do: 'close', close }, { do: 'release' }] };
}

function closeOfRefusal(code: ErrorCode): CloseName {
  switch (code) {
    case 'token_expired':
      return 'token_expired';
    case 'unauthorized':
      return 'unauthorized';
    default:
      return 'internal';
  }
}
