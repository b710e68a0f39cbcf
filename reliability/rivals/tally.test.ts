import { expect, test } from 'vitest';
import type { Numbered } from './rival.ts';
import { oppositeNeighbours, tally } from './tally.ts';

const of = (from: number, ...numbers: number[]): Numbered[] => numbers.map((n) => ({ from, n }));

test('a drop, a repeat and a swap are each counted once', () => {
  const accepted = of(0, 0, 1, 2, 3, 4, 5);

  expect(tally(accepted, of(0, 0, 1, 2, 3, 4, 5))).toEqual({ lost: 0, doubled: 0, reordered: 0 });
  expect(tally(accepted, of(0, 0, 1, 3, 4, 5))).toEqual({ lost: 1, doubled: 0, reordered: 0 });
  expect(tally(accepted, of(0, 0, 1, 1, 2, 3, 4, 5))).toEqual({ lost: 0, doubled: 1, reordered: 0 });
  expect(tally(accepted, of(0, 0, 2, 1, 3, 4, 5))).toEqual({ lost: 0, doubled: 0, reordered: 1 });
});

test('messages of different publishers have no order of their own', () => {
  const accepted = [...of(0, 0, 1), ...of(1, 0, 1)];

  expect(tally(accepted, [...of(1, 0, 1), ...of(0, 0, 1)])).toEqual({ lost: 0, doubled: 0, reordered: 0 });
});

test('what was delivered and not accepted is not lost', () => {
  expect(tally([], of(0, 0))).toEqual({ lost: 0, doubled: 0, reordered: 0 });
});

test('neighbours that two readers saw in opposite order are counted', () => {
  const one = [...of(0, 0), ...of(1, 0), ...of(0, 1), ...of(1, 1)];
  const other = [...of(1, 0), ...of(0, 0), ...of(0, 1), ...of(1, 1)];

  expect(oppositeNeighbours(one, one)).toBe(0);
  expect(oppositeNeighbours(one, other)).toBe(1);
});
