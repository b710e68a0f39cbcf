import { expect, test } from 'vitest';
import { Tally } from './tally.ts';

const countsOf = (numbers: readonly number[], published: number) => {
  const tally = new Tally();
  for (const n of numbers) tally.see(n);
  return tally.counts(published);
};

test('all in order, nothing is found', () => {
  expect(countsOf([0, 1, 2, 3], 4)).toEqual({ received: 4, lost: 0, doubled: 0, reordered: 0 });
});

test('a drop, a repeat and a swap are each counted once', () => {
  expect(countsOf([0, 1, 3], 4)).toEqual({ received: 3, lost: 1, doubled: 0, reordered: 0 });
  expect(countsOf([0, 1, 1, 2, 3], 4)).toEqual({ received: 5, lost: 0, doubled: 1, reordered: 0 });
  expect(countsOf([0, 2, 1, 3], 4)).toEqual({ received: 4, lost: 0, doubled: 0, reordered: 1 });
});

test('what is missing at the end is lost too', () => {
  expect(countsOf([0, 1], 5).lost).toBe(3);
  expect(countsOf([], 5).lost).toBe(5);
});

test('a late number fills one place of its hole, and its repeat is a duplicate', () => {
  expect(countsOf([0, 5, 3, 3], 6)).toEqual({ received: 4, lost: 3, doubled: 1, reordered: 1 });
});

test('a number that nobody had given out by the end is not missed', () => {
  expect(countsOf([0, 4], 3).lost).toBe(2);
});

test('of any shuffle with drops and repeats, it counts the drops and repeats exactly', () => {
  let seed = 42;
  const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  const numbers = Array.from({ length: 500 }, (_, n) => n).filter((n) => n % 17 !== 3);
  const withRepeats = numbers.flatMap((n) => (n % 50 === 1 ? [n, n] : [n]));
  for (let i = withRepeats.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [withRepeats[i], withRepeats[j]] = [withRepeats[j]!, withRepeats[i]!];
  }

  const { lost, doubled } = countsOf(withRepeats, 500);

  expect(lost).toBe(500 - numbers.length);
  expect(doubled).toBe(withRepeats.length - numbers.length);
});
