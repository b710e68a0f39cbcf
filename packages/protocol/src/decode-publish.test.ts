import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPlainPublish } from './decode-publish.ts';
import { decodeClientFrame, decodeClientValue } from './decode.ts';

const publish = { type: 'publish', room: 'lobby', event: 'text', messageId: 'm1', data: 1 };

/** Characters from both sides of every border of the patterns, at both ends of every length. */
const name = fc.oneof(
  fc.constantFrom('lobby', 'a.b:c', 'a~b', 'a/b', 'a-b_c', '', ' ', 'a\n', 'é', '\u0080', '\u0141', '😀', '\ud800'),
  fc.array(fc.integer({ min: 0, max: 0x17f }), { maxLength: 3 }).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom(1, 64, 65, 128, 129).map((length) => 'x'.repeat(length)),
);
const field = fc.oneof(
  { weight: 6, arbitrary: name },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(null, true, false, 0, -0, -1, 0.5, 1e15, 1e16, 2 ** 53 - 1, 2 ** 53),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
);
const time = fc.oneof(fc.constantFrom<unknown>(0, -0, -1, 0.5, 2 ** 53 - 1, 2 ** 53, '0', null), fc.nat());
const frame = fc.record(
  {
    type: fc.oneof({ weight: 8, arbitrary: fc.constant('publish') }, { weight: 1, arbitrary: field }),
    room: field,
    event: field,
    messageId: field,
    data: fc.jsonValue({ maxDepth: 2 }),
    base64: fc.oneof({ weight: 1, arbitrary: fc.constant('AAEC') }, { weight: 1, arbitrary: field }),
    retry: fc.oneof(fc.boolean(), field),
    firstSentAt: time,
  },
  { requiredKeys: ['type', 'room', 'event', 'messageId'] },
);
/** As above, with all but a field or two as they should be. */
const almost = fc
  .tuple(
    frame,
    fc.subarray(['room', 'event', 'messageId', 'data', 'base64', 'retry', 'firstSentAt'] as const, { maxLength: 2 }),
  )
  .map(([odd, taken]) => ({ ...publish, ...Object.fromEntries(taken.map((key) => [key, odd[key]])) }));

test('[G7.6] a publish gets the verdict of the table, whichever way it is judged', () => {
  fc.assert(
    fc.property(fc.oneof(almost, frame, fc.jsonValue()), (value) => {
      const text = JSON.stringify(value);

      expect(decodeClientFrame(text)).toEqual(decodeClientValue(JSON.parse(text)));
    }),
    { numRuns: 2000 },
  );
});

test.each(['room', 'event', 'messageId'])(
  '[G7.6] every character of a name is judged as its pattern does: %s',
  (key) => {
    const odd: number[] = [];

    for (let code = 0; code <= 0xffff; code++) {
      const value = { ...publish, [key]: String.fromCharCode(code) };
      if (isPlainPublish(value) !== decodeClientValue(value).ok) odd.push(code);
    }

    expect(odd).toEqual([]);
  },
);

test.each([
  ['data alone', publish],
  ['a retry', { ...publish, retry: true, firstSentAt: 1_900_000_000_000 }],
  ['the longest names', { ...publish, room: 'r'.repeat(128), event: 'e'.repeat(64), messageId: 'm'.repeat(64) }],
])('what is sent all the time does not reach the table: %s', (_what, value) => {
  expect(isPlainPublish(value)).toBe(true);
});

test('what is inherited is no field of a frame', () => {
  const text = '{"type":"publish","__proto__":{"room":"lobby","event":"text","messageId":"m1","data":1}}';

  expect(decodeClientFrame(text)).toMatchObject({ ok: false, code: 'bad_room' });
});
