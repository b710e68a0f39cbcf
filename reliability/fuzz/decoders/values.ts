/**
 * What hostile senders put where a value, a key or a text is expected: as JSON text, ready to be spliced into a frame.
 * Edges of every rule of the protocol stand beside values that have broken other parsers.
 */
import { CLIENT_FRAME_SHAPES, SERVER_FRAME_SHAPES } from '@holdline/protocol';

const text = (value: string): string => JSON.stringify(value);

const NUMBERS = [
  ['0', '-0', '-1', '1', '1.5', '1e308', '1e400', '-1e400', '1e-400', '0.1e1', '1E+2'],
  ['9007199254740991', '9007199254740992', '123456789012345678901234567890', '2147483648', '4294967296'],
].flat();

const CURSORS = [
  ['0-0~', '0-0', '0-0~a', '1-1~a', '1-1~', '5-2', '1-10~b', '01-1~a', '1-01~a', '-'],
  ['+', '$', '(1-1', '1-', '-1-1'],
  ['999999999999999-999999999999999~x', '1000000000000000-1~x', '1763778000000-42~V1StGXR8', '5-2~a~b', '5-2~a b'],
].flat();

const NAMES = [
  ['', ' ', 'a', 'lobby', 'chat:lobby', 'a b', 'a{b}', 'a}', 'a\u0000b', 'a\nb', '../..', '~', '.', '-', 'ä', '😀'],
  ['a'.repeat(64), 'a'.repeat(65), 'a'.repeat(128), 'a'.repeat(129), 'x'.repeat(1025), '😀'.repeat(64)],
  ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '\u2028', '\u0085', '\ufeff'],
  ['AAEC', 'AA==', 'A===', 'AA=A', 'AAE', '%%%', 'live', 'start', 'never', 'backoff', 'after-auth'],
  ['trimmed', 'expired', 'lost', 'rewritten', 'deleted', 'draining', 'degraded', 'restored'],
].flat();

/** Escapes that JSON allows and that are no characters: halves of a pair, alone or the wrong way round. */
const BROKEN_TEXTS = [
  String.raw`"\ud800"`,
  String.raw`"\udc00\ud800"`,
  String.raw`"a\udfffb"`,
  '"\ud800"',
  '"\\x"',
  '"',
];

const STRUCTURES = [
  ['null', 'true', 'false', '[]', '{}', '[null]', '[[]]', '[[[[[[[[[[]]]]]]]]]]', '{"a":{"a":{"a":{}}}}'],
  ['{"last":5}', '{"last":0}', '{"last":-1}', '{"last":10000}', '{"last":10001}', '{"last":1e9}', '{"last":"5"}'],
  ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"toString":null}'],
  ['{"hasOwnProperty":1}', '{"length":1e9}', '{"toJSON":1}', '{"then":{}}', '{"type":"ping"}', '{"room":"lobby"}'],
  ['[{"type":"ping"}]', '[{"type":"batch","frames":[]}]', '["0-0~","1-1~a"]', '[{"room":"a"},{"room":"b"}]'],
  ['undefined', 'NaN', 'Infinity', "'a'", '/**/1', '01', '+1', '.5', '1.', '0x10', ''],
].flat();

export const VALUES: readonly string[] = [
  ...NUMBERS,
  ...CURSORS.map(text),
  ...NAMES.map(text),
  ...BROKEN_TEXTS,
  ...STRUCTURES,
];

const shapes = { ...CLIENT_FRAME_SHAPES, ...SERVER_FRAME_SHAPES };

export const TYPES: readonly string[] = Object.keys(shapes);

export const FIELDS: readonly string[] = [
  ...new Set(Object.values(shapes).flatMap((shape) => ['type', ...Object.keys(shape)])),
  ['__proto__', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'toJSON', 'then', 'length', ''],
].flat();

/** Pieces of random texts: JSON's own signs, spaces of all kinds, controls, and what is no character. */
export const PIECES: readonly string[] = [
  ['{', '}', '[', ']', ',', ':', '"', '\\', '\\u', '\\ud83d', '{"', '":', '"type"', '"room"', '"__proto__":'],
  [' ', '\t', '\n', '\r', '\u0000', '\u0008', '\u007f', '\u00a0', '\u2028', '\ufeff', '\uffff', '\ud800', '\udc00'],
  ['0', '1', '-', '~', '.', 'e', 'E9', 'a', 'true', 'null', 'ä', '😀', '0-0~', '1-1~a', '/', '%'],
].flat();

/** Texts that cost something: deep, long, wide. Short ones come first. */
export const HEAVY: readonly string[] = heavyValues();

function heavyValues(): readonly string[] {
  const deep = [100, 101, 500, 3000, 20_000].flatMap((levels) => [
    '['.repeat(levels) + ']'.repeat(levels),
    '{"a":'.repeat(levels) + '1' + '}'.repeat(levels),
    '['.repeat(levels),
  ]);
  const long = [1_000, 16_384, 16_385, 200_000].flatMap((length) => [
    text('a'.repeat(length)),
    text('😀'.repeat(length / 2)),
    '9'.repeat(length),
    `[${'0,'.repeat(length / 2)}0]`,
  ]);
  const wide = [512, 513, 5000].flatMap((count) => [
    `[${Array.from({ length: count }, () => '{"type":"live","room":"a"}').join()}]`,
    `[${Array.from({ length: count }, (_, at) => `{"room":"r${at}"}`).join()}]`,
    `{${Array.from({ length: count }, (_, at) => `"k${at}":${at}`).join()}}`,
  ]);
  return [...deep, ...long, ...wide].toSorted((a, b) => a.length - b.length);
}
