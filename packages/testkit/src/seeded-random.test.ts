import { expect, test } from 'vitest';
import { createRandom } from './seeded-random.ts';

test('the same seed gives the same numbers', () => {
  const first = createRandom(42);
  const second = createRandom(42);

  const draws = Array.from({ length: 100 }, () => [first.random(), second.random()] as const);

  for (const [a, b] of draws) {
    expect(a).toBe(b);
    expect(a).toBeGreaterThanOrEqual(0);
    expect(a).toBeLessThan(1);
  }
});

test('different seeds give different numbers', () => {
  expect(createRandom(1).random()).not.toBe(createRandom(2).random());
});

test('shuffle keeps every item and leaves its input alone', () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8];

  const shuffled = createRandom(7).shuffle(items);

  expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
  expect(shuffled).not.toEqual(items);
  expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
