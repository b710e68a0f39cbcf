import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';

test('timers fire in the order of their time, equal ones in the order they were set', () => {
  const clock = new ManualClock();
  const fired: string[] = [];
  clock.setTimeout(() => fired.push('late'), 20);
  clock.setTimeout(() => fired.push('first'), 10);
  clock.setTimeout(() => fired.push('second'), 10);

  clock.advance(15);

  expect(fired).toEqual(['first', 'second']);
  expect(clock.nextTimerInMs).toBe(5);
});

test('a timer set by a timer fires in the same advance when it falls due', () => {
  const clock = new ManualClock();
  const firedAt: number[] = [];
  clock.setTimeout(() => {
    firedAt.push(clock.monotonic());
    clock.setTimeout(() => firedAt.push(clock.monotonic()), 5);
  }, 10);

  clock.advance(15);

  expect(firedAt).toEqual([10, 15]);
  expect(clock.pendingTimers).toBe(0);
});

test('a cleared timer does not fire', () => {
  const clock = new ManualClock();
  let hasFired = false;

  clock.clearTimeout(clock.setTimeout(() => (hasFired = true), 10));
  clock.advance(100);

  expect(hasFired).toBe(false);
});

test('advanceAsync lets promises settle between timers', async () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimeout(resolve, ms));
  const loop = async (): Promise<void> => {
    for (let round = 0; round < 3; round += 1) {
      await sleep(10);
      seen.push(clock.monotonic());
    }
  };
  const running = loop();

  await clock.advanceAsync(30);
  await running;

  expect(seen).toEqual([10, 20, 30]);
});

test('jump moves the wall clock alone', () => {
  const clock = new ManualClock({ startMs: 1000 });
  clock.setTimeout(() => expect.unreachable(), 10);

  clock.jump(-500);

  expect(clock.now()).toBe(500);
  expect(clock.monotonic()).toBe(0);
});

test('timers without end are refused', () => {
  const clock = new ManualClock();
  const again = (): void => void clock.setTimeout(again, 0);
  again();

  expect(() => clock.advance(1)).toThrow('without end');
});
