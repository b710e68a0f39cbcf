import { expect, test } from 'vitest';
import { MAX_DATA_DEPTH, type PublishFrame } from '@holdline/protocol';
import { checkPublish, nestsDeeperThan, payloadText } from './message-checks.ts';

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const publish = (data: unknown): PublishFrame =>
  ({ type: 'publish', room: 'lobby', event: 'text', messageId: 'm1', data }) as unknown as PublishFrame;

test.each([
  [null, 0, false],
  ['text', 0, false],
  [[], 0, true],
  [[], 1, false],
  [[[]], 1, true],
  [{ a: { b: [1] } }, 3, false],
  [{ a: { b: [1] } }, 2, true],
])('%j nests deeper than %d: %s', (value, depth, expected) => {
  expect(nestsDeeperThan(value, depth)).toBe(expected);
});

test('[G7.6] a payload that nests deeper than the stack is refused, not walked', () => {
  expect(checkPublish(publish(nested(20_000)), 40_000, 65_536)).toMatchObject({ code: 'bad_data' });
  expect(checkPublish(publish(nested(MAX_DATA_DEPTH)), 300, 65_536)).toBeNull();
  expect(checkPublish(publish(nested(MAX_DATA_DEPTH + 1)), 300, 65_536)).toMatchObject({ code: 'bad_data' });
});

test('[G7.6] the shortest frame that can nest too deeply is refused', () => {
  const frame = publish(nested(MAX_DATA_DEPTH + 1));

  expect(checkPublish(frame, JSON.stringify(frame.data).length, 65_536)).toMatchObject({ code: 'bad_data' });
});

test('[G7.3] a frame of the allowed size passes, one byte more does not', () => {
  expect(checkPublish(publish(1), 1000, 1000)).toBeNull();
  expect(checkPublish(publish(1), 1001, 1000)).toMatchObject({ code: 'message_too_large' });
});

test('keys such as __proto__ are data and come out as they went in', () => {
  const text = '{"__proto__":{"admin":true},"constructor":1}';

  expect(payloadText(publish(JSON.parse(text)))).toBe(text);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

test.each([String.raw`"\ud800"`, String.raw`{"\udfff":"a\u0000b"}`])(
  '%s, which UTF-8 cannot hold unescaped, stays as it is',
  (text) => {
    const printed = payloadText(publish(JSON.parse(text)));

    expect(printed).toBe(text);
    expect(Buffer.from(printed).toString()).toBe(text);
  },
);
