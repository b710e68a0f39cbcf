import { ManualClock } from '@holdline/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deadlines, NOWHERE, type Deadline } from './deadlines.ts';

function createDeadlines() {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const met: string[] = [];
  const create = (name: string, onDue?: () => void): Deadline => ({
    dueAtMs: 0,
    place: NOWHERE,
    onDue: () => {
      met.push(`${name} ${clock.monotonic()}`);
      onDue?.();
    },
  });
  return { clock, deadlines, met, create };
}

test('each is met at its time, whatever the order in which they were set', () => {
  const { clock, deadlines, met, create } = createDeadlines();

  deadlines.set(create('late'), 300);
  deadlines.set(create('early'), 100);
  deadlines.set(create('middle'), 200);
  clock.advance(1000);

  expect(met).toEqual(['early 100', 'middle 200', 'late 300']);
  expect(clock.pendingTimers).toBe(0);
});

test('setting again replaces, earlier and later; clearing ends it', () => {
  const { clock, deadlines, met, create } = createDeadlines();
  const [earlier, later, gone] = [create('earlier'), create('later'), create('gone')];
  deadlines.set(earlier, 500);
  deadlines.set(later, 100);
  deadlines.set(gone, 50);

  deadlines.set(earlier, 200);
  deadlines.set(later, 400);
  deadlines.clear(gone);
  deadlines.clear(gone);
  clock.advance(1000);

  expect(met).toEqual(['earlier 200', 'later 400']);
});

test('one timer for all, and none when nothing waits', () => {
  const { clock, deadlines, create } = createDeadlines();
  const all = Array.from({ length: 50 }, (_, i) => create(`${i}`));
  all.forEach((deadline, i) => deadlines.set(deadline, 1000 - i));

  expect(clock.pendingTimers).toBe(1);
  for (const deadline of all) deadlines.clear(deadline);

  expect(clock.pendingTimers).toBe(0);
  expect(deadlines.size).toBe(0);
});

test('one that clears or sets others while it is met', () => {
  const { clock, deadlines, met, create } = createDeadlines();
  const second = create('second');
  const third = create('third');
  const first = create('first', () => {
    deadlines.clear(second);
    deadlines.set(third, 150);
  });
  deadlines.set(first, 100);
  deadlines.set(second, 100);
  deadlines.set(third, 100);

  clock.advance(1000);

  expect(met).toEqual(['first 100', 'third 150']);
});

test('one that throws ends none of the others', () => {
  const { clock, deadlines, met, create } = createDeadlines();
  const fails = create('fails', () => {
    throw new Error('bug');
  });
  deadlines.set(fails, 100);
  deadlines.set(create('next'), 200);

  expect(() => clock.advance(150)).toThrow('bug');
  clock.advance(100);

  expect(met).toEqual(['fails 100', 'next 200']);
});

test('any sequence of set, clear and time meets each once, at its last time', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), who: fc.nat(20), inMs: fc.nat(500) }),
    fc.record({ do: fc.constant('clear' as const), who: fc.nat(20), inMs: fc.constant(0) }),
    fc.record({ do: fc.constant('wait' as const), who: fc.constant(0), inMs: fc.nat(200) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { clock, deadlines, met, create } = createDeadlines();
      const all = Array.from({ length: 21 }, (_, i) => create(`${i}`));
      const wanted = new Map<number, number>();
      const expected: string[] = [];
      const pass = (ms: number): void => {
        const until = clock.monotonic() + ms;
        for (const [who, dueAtMs] of wanted) {
          if (dueAtMs > until) continue;
          expected.push(`${who} ${dueAtMs}`);
          wanted.delete(who);
        }
        clock.advance(ms);
      };
      for (const { do: what, who, inMs } of steps) {
        if (what === 'wait') {
          pass(inMs);
        } else if (what === 'clear') {
          deadlines.clear(all[who]!);
          wanted.delete(who);
        } else {
          const dueAtMs = clock.monotonic() + 1 + inMs;
          deadlines.set(all[who]!, dueAtMs);
          wanted.set(who, dueAtMs);
        }
      }
      pass(1000);
      expect(met.toSorted()).toEqual(expected.toSorted());
      expect(deadlines.size).toBe(0);
    }),
  );
});
