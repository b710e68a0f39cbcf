import { expect, test } from 'vitest';
import { formatCursor, formatStreamId, ZERO_CURSOR, type Cursor, type MessageId } from '@holdline/protocol';
import type { RoomItem } from './room-item.ts';
import { RoomWindow } from './room-window.ts';
import { TextFrame } from './text-frame.ts';

const cursor = (n: number): Cursor =>
  n === 0 ? ZERO_CURSOR : formatCursor(formatStreamId(1000, n), `m${n}` as MessageId);
const item = (n: number, bytes = 10): RoomItem => ({
  id: formatStreamId(1000, n),
  cursor: cursor(n),
  previous: cursor(n - 1),
  frame: TextFrame.ofText('x'.repeat(bytes)),
  rewrite: null,
});
const filled = (to: number, limits = { maxBytes: 1_000_000, maxItems: 1000 }, from = 1): RoomWindow => {
  const window = new RoomWindow(limits);
  for (let n = from; n <= to; n++) window.push(item(n));
  return window;
};
const ids = (items: readonly RoomItem[] | null): readonly string[] | null => items?.map(({ id }) => id) ?? null;

test('serves what comes after a cursor, also from just before its oldest item', () => {
  const window = filled(5, undefined, 3);

  expect(ids(window.after(cursor(4)))).toEqual(['1000-5']);
  expect(ids(window.after(cursor(5)))).toEqual([]);
  expect(ids(window.after(cursor(2)))).toEqual(['1000-3', '1000-4', '1000-5']);
  expect(window.after(cursor(1))).toBeNull();
});

test('a cursor counts only with its message ID, a bare stream ID by itself', () => {
  const window = filled(5);

  expect(window.after('1000-4~other' as Cursor)).toBeNull();
  expect(window.has('1000-4~other' as Cursor)).toBe(false);
  expect(ids(window.after('1000-4' as Cursor))).toEqual(['1000-5']);
});

test('[G7.1] stays within its bytes and its count, however much passes through', () => {
  const window = new RoomWindow({ maxBytes: 10_000, maxItems: 20 });

  for (let n = 1; n <= 5000; n++) {
    window.push(item(n, n % 7 === 0 ? 3000 : 10));
    expect(window.size).toBeLessThanOrEqual(20);
    expect(window.bytes).toBeLessThanOrEqual(10_000);
    expect(window.has(cursor(n))).toBe(true);
    expect(ids(window.after(cursor(n - 1)))).toEqual([`1000-${n}`]);
  }
});

test('keeps its newest item even if that alone is over the bound', () => {
  const window = new RoomWindow({ maxBytes: 100, maxItems: 20 });

  window.push(item(1, 5000));

  expect(window.size).toBe(1);
});

test('names the cursor before the last k, as far as it reaches', () => {
  const window = filled(10, undefined, 5);

  expect(window.cursorBeforeLast(1)).toBe(cursor(9));
  expect(window.cursorBeforeLast(6)).toBe(cursor(4));
  expect(window.cursorBeforeLast(7)).toBeNull();
  expect(window.cursorBeforeLast(0)).toBeNull();
});

test('[G4.5] forgets what came after the fork, or everything when the fork is older than the window', () => {
  const window = filled(300, { maxBytes: 1_000_000, maxItems: 100 });
  const old = filled(300, { maxBytes: 1_000_000, maxItems: 100 });

  window.truncateTo(cursor(250));
  old.truncateTo(cursor(10));

  expect(window.has(cursor(251))).toBe(false);
  expect(ids(window.after(cursor(249)))).toEqual(['1000-250']);
  window.push({ ...item(251), cursor: formatCursor(formatStreamId(1000, 251), 'other' as MessageId) });
  expect(ids(window.after(cursor(249)))).toEqual(['1000-250', '1000-251']);
  expect(old.size).toBe(0);
  expect(old.bytes).toBe(0);
});

const range = (from: number, to: number): RoomItem[] => Array.from({ length: to - from + 1 }, (_, i) => item(from + i));

test('[G2.3] what was read just before it is put in front and served from then on', () => {
  const window = filled(12, undefined, 10);

  window.prepend(range(3, 9), cursor(12));

  expect(window.size).toBe(10);
  expect(ids(window.after(cursor(2)))).toEqual(range(3, 12).map(({ id }) => id));
  expect(ids(window.after(cursor(8)))).toEqual(range(9, 12).map(({ id }) => id));
  expect(window.cursorBeforeLast(10)).toBe(cursor(2));
  window.push(item(13));
  window.truncateTo(cursor(5));
  expect(ids(window.after(cursor(3)))).toEqual(['1000-4', '1000-5']);
});

test('an empty window takes what ends at the position, and of what overlaps it only what lies before', () => {
  const empty = filled(0);
  const window = filled(12, undefined, 10);

  empty.prepend(range(3, 9), cursor(9));
  window.prepend(range(8, 12), cursor(12));

  expect(ids(empty.after(cursor(7)))).toEqual(['1000-8', '1000-9']);
  expect(ids(window.after(cursor(7)))).toEqual(range(8, 12).map(({ id }) => id));
});

test.each([
  ['that ends too early', range(3, 8)],
  ['that begins too late', range(10, 12)],
  ['that holds another message there', [{ ...item(9), cursor: formatCursor(item(9).id, 'other' as MessageId) }]],
  ['of nothing', []],
])('[G4.1] nothing is put in front %s', (_what, items) => {
  const window = filled(12, undefined, 10);

  window.prepend(items, cursor(12));

  expect(window.size).toBe(3);
  expect(window.after(cursor(8))).toBeNull();
});

test('[G7.1] it stays within its bounds, drops nothing newer, and what is in it is the same as ever', () => {
  const window = new RoomWindow({ maxBytes: 10_000, maxItems: 20 });
  let seed = 7;
  const below = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;

  for (let n = 1; n <= 3000; n++) {
    window.push(item(n, n % 7 === 0 ? 3000 : 10));
    const before = window.size;
    if (below(3) === 0) {
      const upTo = n - before + below(2);
      window.prepend(
        range(Math.max(1, upTo - below(30)), Math.max(1, upTo)).map((one) => item(+one.id.slice(5), 1 + below(900))),
        cursor(n),
      );
    }

    expect(window.size).toBeGreaterThanOrEqual(before);
    expect(window.size).toBeLessThanOrEqual(20);
    expect(window.bytes).toBeLessThanOrEqual(10_000);
    const first = n - window.size + 1;
    expect(ids(window.after(cursor(first - 1)))).toEqual(range(first, n).map(({ id }) => id));
    if (below(50) === 0) window.clear();
    if (below(50) === 1) window.truncateTo(cursor(n));
  }
});
