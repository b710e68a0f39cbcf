import { createDeferred } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { memoryCursors, savedCursor, type CursorStore } from './cursor-store.ts';
import { describeCursorStore } from './cursor-store.contract.ts';

describeCursorStore('cursors in memory', memoryCursors);

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test('the cursor moves when the handlers are done, not before', async () => {
  const store = memoryCursors();
  const keeper = savedCursor(store);
  const handled = createDeferred<void>();
  keeper.delivered('lobby', '1-1~m1', handled.promise);
  await settle();
  expect(store.get('lobby')).toBeNull();

  handled.resolve();
  await settle();

  expect(keeper.load('lobby')).toBe('1-1~m1');
});

test('in order: a message that is done does not pass one that is not', async () => {
  const store = memoryCursors();
  const keeper = savedCursor(store);
  const first = createDeferred<void>();
  keeper.delivered('lobby', '1-1~m1', first.promise);
  keeper.delivered('lobby', '2-2~m2', Promise.resolve());
  keeper.delivered('other', '9-9~m9', Promise.resolve());
  await settle();
  expect([store.get('lobby'), store.get('other')]).toEqual([null, '9-9~m9']);

  first.resolve();
  await settle();

  expect(store.get('lobby')).toBe('2-2~m2');
});

test('a handler that never ends holds the cursor back, in bounded memory', async () => {
  const store = memoryCursors();
  const keeper = savedCursor(store);
  const stuck = createDeferred<void>();
  keeper.delivered('lobby', '1-1~m1', stuck.promise);
  for (let n = 2; n <= 5_000; n += 1) keeper.delivered('lobby', `${n}-${n}~m${n}`, Promise.resolve());
  await settle();
  expect(store.get('lobby')).toBeNull();

  stuck.resolve();
  await settle();

  expect(store.get('lobby')).toBe('5000-5000~m5000');
});

test('deliveries that are counted together wait for the last of them', async () => {
  const store = memoryCursors();
  const keeper = savedCursor(store);
  const late = createDeferred<void>();
  const first = createDeferred<void>();
  keeper.delivered('lobby', '1-1~m1', first.promise);
  for (let n = 2; n <= 1_005; n += 1)
    keeper.delivered('lobby', `${n}-${n}~m${n}`, n === 1_001 ? late.promise : Promise.resolve());
  first.resolve();
  await settle();
  expect(store.get('lobby')).toBe('999-999~m999');

  late.resolve();
  await settle();

  expect(store.get('lobby')).toBe('1005-1005~m1005');
});

test('what is no cursor is no place to start from', () => {
  const store = memoryCursors();
  store.set('lobby', 'yesterday');

  expect(savedCursor(store).load('lobby')).toBeNull();
});

test('a browser that refuses to store does not disturb the delivery', async () => {
  const refusing: CursorStore = {
    get: () => {
      throw new Error('not allowed');
    },
    set: () => {
      throw new Error('full');
    },
  };
  const keeper = savedCursor(refusing);

  expect(keeper.load('lobby')).toBeNull();
  keeper.delivered('lobby', '1-1~m1', Promise.resolve());
  await settle();
});
