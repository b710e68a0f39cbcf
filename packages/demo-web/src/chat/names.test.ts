import { expect, test } from 'vitest';
import { cleanName, initialOf, MAX_NAME_LENGTH, suggestName, toneOf } from './names.ts';
import { cleanRoom, roomTitle } from './room-names.ts';

test('a suggested name is one that may be used', () => {
  for (const value of [0, 0.5, 0.999_999]) expect(cleanName(suggestName(() => value))).toBe(suggestName(() => value));
});

test('a name loses what the server would refuse', () => {
  expect(cleanName('  Alice \u0000\n of\u2028 the  line ')).toBe('Alice of the line');
  expect(cleanName('half \ud83d a pair')).toBe('half a pair');
  expect(cleanName(' \t ')).toBeNull();
  expect(cleanName('x'.repeat(MAX_NAME_LENGTH + 1))).toBeNull();
});

test('the initial of a name is a whole character', () => {
  expect(initialOf('zoe')).toBe('Z');
  expect(initialOf('🦦 otter')).toBe('🦦');
});

test('a name has one tone of six', () => {
  expect(toneOf('alice')).toBe(toneOf('alice'));
  expect([0, 1, 2, 3, 4, 5]).toContain(toneOf('x'.repeat(500)));
});

test('a room may be typed as people type it', () => {
  expect(cleanRoom(' #my room ')).toBe('chat:my-room');
  expect(cleanRoom('team/plans')).toBe('chat:team/plans');
  expect(cleanRoom('chat:lobby')).toBe('chat:lobby');
  expect(cleanRoom('  ')).toBeNull();
  expect(cleanRoom('{lobby}')).toBeNull();
  expect(roomTitle('chat:lobby')).toBe('lobby');
  expect(roomTitle('orders:7')).toBe('orders:7');
});
