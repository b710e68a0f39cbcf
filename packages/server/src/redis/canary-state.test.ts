import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  FIRST_CANARY_STATE,
  OVERDUE_BEATS,
  transition,
  type CanaryEffect,
  type CanaryEvent,
  type CanaryState,
} from './canary-state.ts';

const beat: CanaryEvent = { type: 'beat' };
const heard = (counter: number): CanaryEvent => ({ type: 'heard', counter });

function run(...events: CanaryEvent[]): { state: CanaryState; effects: CanaryEffect[] } {
  let state = FIRST_CANARY_STATE;
  const effects: CanaryEffect[] = [];
  for (const event of events) {
    const next = transition(state, event);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects };
}

test('hears what it publishes', () => {
  expect(run(beat, heard(1), beat, heard(2))).toEqual({
    state: { name: 'hearing', sent: 2, heard: 2, unheardBeats: 0 },
    effects: ['publish', 'publish'],
  });
});

test('[G5.3] two beats unheard replace the connections, and it is silent until it hears again', () => {
  const overdue = run(beat, heard(1), beat, beat, beat);
  expect(overdue.effects).toEqual(['publish', 'publish', 'publish', 'replace-connections']);
  expect(overdue.state.name).toBe('silent');

  expect(run(beat, heard(1), beat, beat, beat, beat, heard(4)).state.name).toBe('hearing');
});

test('a late one still proves that it hears', () => {
  const { state, effects } = run(beat, heard(1), beat, beat, heard(2), beat);

  expect(effects).not.toContain('replace-connections');
  expect(state.name).toBe('hearing');
});

test('what was under way when a connection closed is not overdue', () => {
  const { state, effects } = run(beat, beat, { type: 'interrupted' }, beat, beat);

  expect(effects).toEqual(Array(4).fill('publish'));
  expect(state.name).toBe('silent');
});

test.each([0, 7, -1, NaN, Infinity])('a counter that was never sent (%d) is not heard', (counter) => {
  expect(run(beat, beat, heard(counter)).state).toMatchObject({ name: 'silent', heard: 0 });
});

test('in any order of events it counts what is unheard and never publishes twice in a beat', () => {
  const event = fc.oneof(
    fc.constant(beat),
    fc.nat({ max: 20 }).map(heard),
    fc.constant<CanaryEvent>({ type: 'interrupted' }),
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      let state = FIRST_CANARY_STATE;
      for (const each of events) {
        const next = transition(state, each);
        expect(next.effects.length).toBeLessThanOrEqual(1);
        expect(next.state.heard).toBeLessThanOrEqual(next.state.sent);
        expect(next.state.unheardBeats).toBeLessThan(OVERDUE_BEATS);
        state = next.state;
      }
    }),
  );
});

type StateName = CanaryState['name'];
type EventName = CanaryEvent['type'];

/** Counter 3 is out and not heard. */
const STATES: Record<StateName, CanaryState> = {
  silent: { name: 'silent', sent: 3, heard: 2, unheardBeats: 0 },
  hearing: { name: 'hearing', sent: 3, heard: 2, unheardBeats: 0 },
};
const EVENTS: Record<EventName, CanaryEvent> = { beat, heard: heard(3), interrupted: { type: 'interrupted' } };

const TABLE: Record<StateName, Record<EventName, readonly [CanaryState, ...CanaryEffect[]]>> = {
  silent: {
    beat: [{ name: 'silent', sent: 4, heard: 2, unheardBeats: 1 }, 'publish'],
    heard: [{ name: 'hearing', sent: 3, heard: 3, unheardBeats: 0 }],
    interrupted: [{ name: 'silent', sent: 3, heard: 3, unheardBeats: 0 }],
  },
  hearing: {
    beat: [{ name: 'hearing', sent: 4, heard: 2, unheardBeats: 1 }, 'publish'],
    heard: [{ name: 'hearing', sent: 3, heard: 3, unheardBeats: 0 }],
    interrupted: [{ name: 'silent', sent: 3, heard: 3, unheardBeats: 0 }],
  },
};

const cells = (Object.keys(TABLE) as StateName[]).flatMap((name) =>
  (Object.keys(EVENTS) as EventName[]).map((event) => ({ name, event, expected: TABLE[name][event] })),
);

test.each(cells)('[G5.3] $name on $event', ({ name, event, expected }) => {
  const { state, effects } = transition(STATES[name], EVENTS[event]);

  expect([state, ...effects]).toEqual(expected);
});
