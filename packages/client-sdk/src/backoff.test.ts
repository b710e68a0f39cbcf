import { afterEach, expect, test, vi } from 'vitest';
import { backoffMs } from './backoff.ts';

const dice = (value: number): void => void vi.spyOn(Math, 'random').mockReturnValue(value);

afterEach(() => vi.restoreAllMocks());

test('the ceiling doubles with each failure, up to the bound', () => {
  dice(1);
  const ceilings = [1, 2, 3, 4, 5, 6, 2_000].map((failures) => backoffMs(failures, 500, 4_000));

  expect(ceilings).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000]);
});

test('any time below the ceiling may come out, also none', () => {
  const waits = [0, 0.25, 0.5].map((value) => {
    dice(value);
    return backoffMs(3, 500, 20_000);
  });

  expect(waits).toEqual([0, 500, 1_000]);
});
