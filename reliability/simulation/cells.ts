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
    events: [
      'start',
      'welcomed',
      'stable',
      'retry-due',
      'offline',
      'woke',
      'close',
      'lost',
      'refused',
      'token refused',
    ],
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
      'retry-due',
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

/** Cells as `machine state event`; `*` stands for any state or event. */
export const IMPOSSIBLE: readonly { readonly cells: readonly string[]; readonly why: string }[] = [];

export function whyImpossible(machine: string, state: string, event: string): string | null {
  for (const { cells, why } of IMPOSSIBLE) {
    const isListed = cells.some((cell) => {
      const [of, inState, on] = cell.split(' | ');
      return of === machine && (inState === '*' || inState === state) && (on === '*' || on === event);
    });
    if (isListed) return why;
  }
  return null;
}
