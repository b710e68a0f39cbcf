import { expect, test } from 'vitest';
import { fitLine, median, pairedRatio } from './statistics.ts';

test('the median of an odd and of an even number of values, and of none', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('a slow spell that meets both sides of a pair does not change the ratio', () => {
  expect(pairedRatio([8, 80, 8], [10, 100, 10])).toBeCloseTo(0.8);
});

test('points on a line are fitted exactly, a curve is not', () => {
  const line = fitLine([1, 2, 3, 4].map((x) => ({ x, y: 3 * x + 5 })));
  const curve = fitLine([1, 2, 3, 4, 5, 6].map((x) => ({ x, y: x ** 3 })));

  expect(line.slope).toBeCloseTo(3);
  expect(line.intercept).toBeCloseTo(5);
  expect(line.r2).toBeCloseTo(1);
  expect(curve.r2).toBeLessThan(0.9);
});
