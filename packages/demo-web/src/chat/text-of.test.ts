import { expect, test } from 'vitest';
import { textOf } from './text-of.ts';

test('a chat message is its body', () => {
  expect(textOf('text', { body: '<b>bold</b>' })).toBe('<b>bold</b>');
});

test('anything else that a room may hold becomes text', () => {
  expect(textOf('text', { body: 7 })).toBe('text: {"body":7}');
  expect(textOf('order', [1, null])).toBe('order: [1,null]');
  expect(textOf('text', null)).toBe('text: null');
  expect(textOf('file', new Uint8Array(3))).toBe('file: 3 bytes');
});

test('a huge text is cut', () => {
  expect(textOf('text', { body: 'x'.repeat(20_000) })).toHaveLength(8_001);
});
