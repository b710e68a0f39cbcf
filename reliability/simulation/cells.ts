/**
 * The state machines of SDK and server as tables of states and events, and the cells of them that cannot be reached, each
 * with its reason. A run of the simulation says how often it was in each of the others.
 */

export interface Machine {
  readonly states: readonly string[];
  readonly events: readonly string[];
}

export const MACHINES: Readonly<Record<string, Machine>> = {
  'sdk.connection': {
    states: ['idle', 'connecting', 'connected', 'waiting', 'reconnecting', 'offline', 'failed', 'closed'],
    events: ['start', 'welcome', 'stable', 'retry', 'offline', 'close', 'lost', 'refused', 'token refused'],
  },
  'sdk.room': {
    states: ['left', 'joining', 'refused', 'catching-up', 'live', 'degraded', 'denied'],
    events: [
      'join',
      'leave',
      'disconnected',
      'joined',
      'live',
      'refused for good',
      'refused for now',
      'refused, an older join',
      'removed',
      'removed for now',
      'hole',
      'degraded',
      'restored',
      'draining',
      'retry',
    ],
  },
  'sdk.outbox': {
    states: ['held', 'queued', 'sent'],
    events: [
      'saved',
      'claimed',
      'line opened',
      'line lost',
      'line lost, suspect',
      'room rested',
      'stored',
      'refused for good',
      'refused for now',
      'ended here',
    ],
  },
  'server.connection': {
    states: ['awaiting-hello', 'authenticating', 'open', 'draining', 'closed'],
    events: [
      'hello',
      'frame',
      'bad-frame',
      'refused-frame',
      'authenticated',
      'auth-refused',
      'hello-timed-out',
      'token-expired',
      'silent',
      'stalled',
      'overloaded',
      'fault',
      'drain-started',
      'drain-ended',
      'socket-closed',
    ],
  },
  'server.room': {
    states: ['opening', 'open', 'closed'],
    events: ['open', 'close', 'entries', 'signal', 'doubt', 'enter', 'leave', 'dirty', 'compare'],
  },
  'server.membership': {
    states: ['catching-up', 'live', 'left'],
    events: ['messages', 'skip', 'gap', 'rewrite', 'not writable', 'turn live', 'fall behind', 'leave'],
  },
  gap: { states: ['told'], events: ['trimmed', 'expired', 'lost', 'rewritten', 'deleted'] },
};

interface OutOfReach {
  readonly machine: string;
  /** State → events. */
  readonly cells: Readonly<Record<string, readonly string[]>>;
  readonly why: string;
}

const FENCED = ['welcome', 'stable', 'lost', 'refused', 'token refused'];

export const OUT_OF_REACH: readonly OutOfReach[] = [
  {
    machine: 'sdk.connection',
    cells: { idle: FENCED, waiting: FENCED, offline: FENCED, failed: FENCED, closed: FENCED },
    why: 'sockets, tokens and timers belong to an attempt, and what comes from an older one is dropped before it is an event',
  },
  {
    machine: 'sdk.connection',
    cells: { connecting: ['stable'], reconnecting: ['stable'], connected: ['welcome'] },
    why: 'a connection is watched for its stability from its welcome on, and an honest server sends one',
  },
  {
    machine: 'sdk.connection',
    cells: { idle: ['retry', 'offline'], closed: ['start', 'retry', 'offline'] },
    why: 'hints are heard from the first use of a client to its close; after that a use is refused by the client itself',
  },
  {
    machine: 'sdk.connection',
    cells: { connected: ['start', 'retry', 'offline'] },
    why: 'a connected client resolves `connect` at once, and answers a hint by asking the other end',
  },
  {
    machine: 'sdk.room',
    cells: { live: ['join'], degraded: ['join'] },
    why: 'a room that is caught up resolves `join` at once',
  },
  {
    machine: 'sdk.room',
    cells: {
      left: ['joined'],
      refused: ['joined'],
      'catching-up': ['joined'],
      live: ['joined'],
      degraded: ['joined'],
      denied: ['joined'],
    },
    why: 'the shell hands on only the answer to the join that is asked for',
  },
  {
    machine: 'sdk.room',
    cells: { live: ['live'], degraded: ['live'] },
    why: 'a server says live once for each membership',
  },
  {
    machine: 'sdk.room',
    cells: {
      refused: ['refused for good', 'refused for now'],
      'catching-up': ['refused for good', 'refused for now', 'refused, an older join'],
      live: ['refused for good', 'refused for now', 'refused, an older join'],
      degraded: ['refused for good', 'refused for now', 'refused, an older join'],
      denied: ['refused for good', 'refused for now', 'refused, an older join'],
    },
    why: 'each join has one answer, answers come in the order of the joins, and this phase was entered by the last of them',
  },
  {
    machine: 'sdk.room',
    cells: {
      left: ['retry'],
      joining: ['retry'],
      'catching-up': ['retry'],
      live: ['retry'],
      degraded: ['retry'],
      denied: ['retry'],
    },
    why: 'the timer that retries ends with the phase',
  },
  {
    machine: 'sdk.outbox',
    cells: { sent: ['line opened'] },
    why: 'what was in flight when a line was lost is called back at that moment',
  },
  {
    machine: 'sdk.outbox',
    cells: { queued: ['claimed'], sent: ['claimed'] },
    why: 'what is claimed is taken as the store has it, and that is held',
  },
  {
    machine: 'server.connection',
    cells: {
      authenticating: ['hello', 'frame', 'bad-frame', 'refused-frame'],
      closed: ['hello', 'frame', 'bad-frame', 'refused-frame'],
    },
    why: 'frames wait in the inbox while a hello is looked at, and a closed connection empties it',
  },
  {
    machine: 'server.connection',
    cells: {
      'awaiting-hello': ['authenticated', 'auth-refused', 'token-expired'],
      authenticating: ['hello-timed-out', 'token-expired'],
      open: ['authenticated', 'auth-refused', 'hello-timed-out'],
      draining: ['authenticated', 'auth-refused', 'hello-timed-out'],
      closed: ['authenticated', 'auth-refused', 'hello-timed-out', 'token-expired'],
    },
    why: 'an answer that comes after its state is dropped, and the timers of a state end with it',
  },
  {
    machine: 'server.connection',
    cells: { 'awaiting-hello': ['overloaded'], authenticating: ['overloaded'], closed: ['silent', 'stalled'] },
    why: 'only publishes overload a connection, and a closed one watches for nothing',
  },
  {
    machine: 'server.connection',
    cells: {
      'awaiting-hello': ['drain-ended'],
      authenticating: ['drain-ended'],
      open: ['drain-ended'],
      draining: ['drain-started'],
    },
    why: 'a server drains once: the start of it closes what is not open, and moves what is',
  },
  {
    machine: 'server.connection',
    cells: {
      'awaiting-hello': ['fault'],
      authenticating: ['fault'],
      open: ['fault'],
      draining: ['fault'],
      closed: ['fault'],
    },
    why: 'an exception that nothing expected; each one that occurs fails its schedule (G7.6)',
  },
  {
    machine: 'server.room',
    cells: {
      opening: ['enter', 'leave', 'dirty', 'compare'],
      open: ['open', 'doubt'],
      closed: ['close', 'entries', 'signal', 'doubt', 'enter', 'leave', 'dirty', 'compare'],
    },
    why: 'the registry lets nobody into a room before it is open, opens and closes it once, and does not know it afterwards',
  },
  {
    machine: 'server.membership',
    cells: {
      'catching-up': ['fall behind'],
      live: ['turn live'],
      left: ['messages', 'skip', 'gap', 'rewrite', 'not writable', 'turn live', 'fall behind', 'leave'],
    },
    why: 'a room knows its members as live or as catching up, and nobody holds one that has left',
  },
];

/**
 * Reached, but only where two rare things meet: how often is shown and not demanded. The state tables of the unit tests
 * have each of them.
 */
export const SELDOM: readonly OutOfReach[] = [
  {
    machine: 'sdk.room',
    cells: {
      refused: ['refused, an older join', 'live', 'removed', 'removed for now', 'hole'],
      denied: ['live', 'removed', 'removed for now', 'hole'],
    },
    why: 'a join that is refused while the membership before it still lives, and then hears something',
  },
  {
    machine: 'sdk.room',
    cells: {
      left: ['refused for good', 'refused, an older join', 'removed', 'removed for now'],
      joining: ['removed', 'removed for now'],
      'catching-up': ['removed', 'removed for now', 'hole'],
      degraded: ['removed', 'removed for now', 'hole'],
    },
    why: 'a refusal, a removal or a late handler that crosses another change of the room within a few ms',
  },
  {
    machine: 'sdk.outbox',
    cells: { held: ['refused for good'], queued: ['refused for good'] },
    why: 'an answer that crosses the freezing of its page, or its own recall, and is final',
  },
  {
    machine: 'server.connection',
    cells: {
      'awaiting-hello': ['stalled'],
      authenticating: ['silent', 'stalled', 'drain-started'],
      draining: ['hello', 'bad-frame', 'refused-frame', 'token-expired', 'silent', 'stalled', 'overloaded'],
    },
    why: 'something slow or rare within the short life of this state',
  },
  {
    machine: 'server.membership',
    cells: { 'catching-up': ['skip'], live: ['skip'] },
    why: 'an entry of ours whose payload is no JSON: no append writes one, the room tests do',
  },
  {
    machine: 'server.membership',
    cells: { 'catching-up': ['not writable'] },
    why: 'the socket is asked before steps are built for it, so only one of several that are given at once can fill it',
  },
];

export const isSeldom = (machine: string, state: string, event: string): boolean =>
  SELDOM.some(({ machine: of, cells }) => of === machine && cells[state]?.includes(event) === true);

export function whyOutOfReach(machine: string, state: string, event: string): string | null {
  for (const { machine: of, cells, why } of OUT_OF_REACH) {
    if (of !== machine) continue;
    if (cells[state]?.includes(event) === true) return why;
  }
  return null;
}
