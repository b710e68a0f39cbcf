import { createRandom } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { bytesOf, payloadOf, toBase64 } from './binary.ts';

test('bytes survive the way as base64, whatever they are', () => {
  const random = createRandom(1);
  for (const length of [0, 1, 2, 3, 255, 70_000]) {
    const bytes = Uint8Array.from({ length }, () => random.below(256));

    expect(payloadOf({ base64: toBase64(bytes) })).toEqual(bytes);
    expect(payloadOf({ base64: toBase64(bytes.buffer) })).toEqual(bytes);
  }
});

test('a view of a larger buffer is its own bytes only', () => {
  const view = new Uint8Array(Uint8Array.from([1, 2, 3, 4]).buffer, 1, 2);

  expect(payloadOf({ base64: toBase64(view) })).toEqual(Uint8Array.from([2, 3]));
});

test('JSON passes as it is, null included', () => {
  expect([payloadOf({ data: null }), payloadOf({ data: 0 })]).toEqual([null, 0]);
});

test('sizes are those of UTF-8', () => {
  expect([bytesOf('a'), bytesOf('ß'), bytesOf('😀'), bytesOf({})]).toEqual([3, 4, 6, 2]);
});
