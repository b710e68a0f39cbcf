/**
 * beside Hop 5/8 – does Redis take our writes? Pure. Hearing itself does not tell an instance that: a primary that
 * was demoted, has no replicas, no memory or no disk left still answers reads and publishes. So an instance that
 * was refused stays refused until one write has succeeded, whatever else comes back meanwhile (G6.1).
 *
 *      ┌──── probe failed, interrupted ────┐
 *      ▼                                   │
 *   refused ──probe passed, append stored──▶ taken ◀──probe passed, append stored── doubted
 *      ▲                                   │                                       ▲ │
 *      │                                   └─────────── append failed ─────────────┘ │
 *      └────────────────────── probe failed, interrupted ────────────────────────────┘
 *
 * A failed append alone only raises a doubt: the keys of one room may be at fault. The probe decides.
 */

export const WRITE_STATES = ['refused', 'doubted', 'taken'] as const;
export type WriteState = (typeof WRITE_STATES)[number];

export type WriteEvent =
  /** The command connection is ready. */
  | 'connected'
  /** The command connection closed: the next one may lead to another Redis. */
  | 'interrupted'
  | 'append-stored'
  | 'append-failed'
  | 'probe-passed'
  | 'probe-failed'
  /** Once a second. */
  | 'beat'
  /** Every few seconds: nobody may be publishing. */
  | 'heartbeat';

export const FIRST_WRITE_STATE: WriteState = 'refused';

export interface WriteStep {
  readonly state: WriteState;
  readonly isProbeDue: boolean;
}

export function transition(state: WriteState, event: WriteEvent): WriteStep {
  switch (event) {
    case 'connected':
    case 'heartbeat':
      return { state, isProbeDue: true };
    case 'beat':
      return { state, isProbeDue: state !== 'taken' };
    case 'append-failed':
      return { state: state === 'taken' ? 'doubted' : state, isProbeDue: false };
    case 'append-stored':
    case 'probe-passed':
      return { state: 'taken', isProbeDue: false };
    case 'probe-failed':
    case 'interrupted':
      return { state: 'refused', isProbeDue: false };
  }
}
