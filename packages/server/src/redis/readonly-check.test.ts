import { expect, test } from 'vitest';
import { createReadonlyCheck } from './readonly-check.ts';

const READONLY = new Error("READONLY You can't write against a read only replica.");

/** The moments, in s, at which a refusal every second makes the client leave its connection. */
function leavingTimes(check: (error: Error) => 1 | false, clock: { ms: number }, seconds: number): number[] {
  const times: number[] = [];
  for (let second = 0; second < seconds; second++, clock.ms += 1000) {
    if (check(READONLY) === 1) times.push(clock.ms / 1000);
  }
  return times;
}

test('leaves at the first refusal, then after waits that double up to 8 s', () => {
  const clock = { ms: 0 };

  expect(
    leavingTimes(
      createReadonlyCheck(() => clock.ms),
      clock,
      32,
    ),
  ).toEqual([0, 1, 3, 7, 15, 23, 31]);
});

test('after a time without a refusal it begins anew', () => {
  const clock = { ms: 0 };
  const check = createReadonlyCheck(() => clock.ms);
  leavingTimes(check, clock, 20);

  clock.ms += 6000;

  expect(leavingTimes(check, clock, 4)).toEqual([26, 27, 29]);
});

test('refusals that come together are one reason to leave', () => {
  const clock = { ms: 0 };
  const check = createReadonlyCheck(() => clock.ms);

  expect([READONLY, READONLY, READONLY].map(check)).toEqual([1, false, false]);
});

test('other errors are none', () => {
  expect(createReadonlyCheck()(new Error('OOM command not allowed'))).toBe(false);
});
