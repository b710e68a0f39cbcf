import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('the ceiling doubles with each failure, up to the bound', () => {
  const ceilings = [1, 2, 3, 4, 5, 6, 2_000].map((failures) => backoffMs(failures, 1, 500, 4_000));

  expect(ceilings).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000]);
});

test('any time below the ceiling may come out, also none', () => {
  expect([0, 0.25, 0.5].map((random) => backoffMs(3, random, 500, 20_000))).toEqual([0, 500, 1_000]);
});
