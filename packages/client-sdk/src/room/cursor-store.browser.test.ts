import { afterEach, expect, test } from 'vitest';
import { localStorageCursors, savedCursor } from './cursor-store.ts';
import { describeCursorStore } from './cursor-store.contract.ts';

afterEach(() => localStorage.clear());

describeCursorStore('cursors in localStorage', () => localStorageCursors('alice'));

test('the cursors of two users of one browser are apart', () => {
  localStorageCursors('alice').set('lobby', '1-1~m1');

  expect(localStorageCursors('bob').get('lobby')).toBeNull();
  expect(localStorageCursors('alice').get('lobby')).toBe('1-1~m1');
});

test('by default a saved cursor is in localStorage', async () => {
  savedCursor().delivered('lobby', '1-1~m1', Promise.resolve());
  await expect.poll(() => savedCursor().load('lobby')).toBe('1-1~m1');
});
