import { expect, test } from 'vitest';
import { bodyOf, payloadOf, toBase64 } from './payload.ts';

test('bytes survive the way as base64, whatever they are', () => {
  for (const length of [0, 1, 2, 3, 255, 70_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 167);

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

test('a body is a copy, and of bytes their base64', () => {
  const data = { a: [1, { b: new Date(0), c: undefined }], n: NaN };
  const body = bodyOf(data);
  data.a.push(2);

  expect(body).toEqual({ data: { a: [1, { b: '1970-01-01T00:00:00.000Z' }], n: null } });
  expect(bodyOf(new Uint8Array([104, 105]))).toEqual({ base64: 'aGk=' });
});

test.each([undefined, () => 1, 1n, new Map(), [new Set()], { a: new Uint8Array(1) }])(
  'what JSON would lose is none: %s',
  (data) => {
    expect(bodyOf(data)).toEqual({ cause: expect.any(Error) });
  },
);
