import { expect, test } from 'vitest';
import { FIRST_WRITE_STATE, transition, WRITE_STATES, type WriteEvent, type WriteState } from './write-state.ts';

/** Where each event leads; `+probe` when a probe is due. */
const TABLE: Record<WriteState, Record<WriteEvent, WriteState | `${WriteState}+probe`>> = {
  refused: {
    connected: 'refused+probe',
    interrupted: 'refused',
    'append-stored': 'taken',
    'append-failed': 'refused',
    'probe-passed': 'taken',
    'probe-failed': 'refused',
    beat: 'refused+probe',
    heartbeat: 'refused+probe',
  },
  doubted: {
    connected: 'doubted+probe',
    interrupted: 'refused',
    'append-stored': 'taken',
    'append-failed': 'doubted',
    'probe-passed': 'taken',
    'probe-failed': 'refused',
    beat: 'doubted+probe',
    heartbeat: 'doubted+probe',
  },
  taken: {
    connected: 'taken+probe',
    interrupted: 'refused',
    'append-stored': 'taken',
    'append-failed': 'doubted',
    'probe-passed': 'taken',
    'probe-failed': 'refused',
    beat: 'taken',
    heartbeat: 'taken+probe',
  },
};

test.each(WRITE_STATES.flatMap((state) => Object.entries(TABLE[state]).map(([event, to]) => [state, event, to])))(
  '%s, %s: %s',
  (state, event, to) => {
    const step = transition(state as WriteState, event as WriteEvent);

    expect(`${step.state}${step.isProbeDue ? '+probe' : ''}`).toBe(to);
  },
);

test('[G6.1] refused from the start, and only a write changes that', () => {
  let state = FIRST_WRITE_STATE;
  const others: WriteEvent[] = ['connected', 'beat', 'heartbeat', 'append-failed', 'interrupted', 'connected', 'beat'];
  for (const event of others) state = transition(state, event).state;

  expect(state).toBe('refused');
  expect(transition(state, 'append-stored').state).toBe('taken');
});
