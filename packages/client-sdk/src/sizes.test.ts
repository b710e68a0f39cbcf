import { expect, test } from 'vitest';
import { bytesOf, randomId } from './sizes.ts';

test('sizes are those of UTF-8', () => {
  expect([bytesOf('a'), bytesOf('ß'), bytesOf('😀'), bytesOf({})]).toEqual([3, 4, 6, 2]);
});

test('random IDs are message IDs, and differ', () => {
  const ids = Array.from({ length: 1000 }, randomId);

  expect(new Set(ids).size).toBe(1000);
  expect(ids.every((id) => /^[\w-]{20}$/.test(id))).toBe(true);
});
