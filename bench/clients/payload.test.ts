import { expect, test } from 'vitest';
import { HEAD_BYTES, isPayload, numberOf, roomOf, timeOf, writePayload } from './payload.ts';

test('what was written is read from the bytes, wherever it stands', () => {
  const payload = writePayload(123, 456_789, 9_876_543_210_123, 128);
  const bytes = Buffer.from(`{"data":"${payload}"}`);
  const at = 9;

  expect(payload).toHaveLength(128);
  expect(isPayload(bytes, at)).toBe(true);
  expect([roomOf(bytes, at), numberOf(bytes, at), timeOf(bytes, at)]).toEqual([123, 456_789, 9_876_543_210_123]);
});

test('bytes that are no payload are not taken for one', () => {
  expect(isPayload(Buffer.from('{"type":"ping"}'), 5)).toBe(false);
  expect(isPayload(Buffer.from('~short'), 0)).toBe(false);
  expect(isPayload(Buffer.alloc(64), -1)).toBe(false);
});

test('a payload needs no escape in JSON', () => {
  const payload = writePayload(1, 2, 3, HEAD_BYTES);

  expect(JSON.stringify(payload)).toBe(`"${payload}"`);
});

test('a payload too short for its head is refused', () => {
  expect(() => writePayload(1, 2, 3, HEAD_BYTES - 1)).toThrow('at least');
});
