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
