import type { Cursor, MessageId, UserId } from '@holdline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEntry, headerHalves, splitEntry, type RawEntry } from './entry-codec.ts';

const raw = (header: string, id = '1700-2'): RawEntry => ({ id, header, data: Buffer.from('1') });

test('what is printed is read back, for every name that the protocol allows', () => {
  const user = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((text) => /^[^\p{C}\u2028\u2029]+$/u.test(text));
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      fc.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/),
      fc.option(user),
      fc.constantFrom('json' as const, 'binary' as const, 'control' as const),
      (messageId, event, sender, kind) => {
        const names = { messageId: messageId as MessageId, event, sender: sender as UserId | null, kind };
        const [head, tail] = headerHalves(names);

        const entry = decodeEntry(raw(`${head}1600-1~before${tail}`));

        expect(entry).toMatchObject({ ...names, previous: '1600-1~before' as Cursor, id: '1700-2' });
        expect(splitEntry('1700-2', `${head}1600-1~before${tail}`, Buffer.from('1'))).toEqual(entry);
      },
    ),
  );
});

test.each([
  ['another version', raw('2 j m 1600-1~a text -')],
  ['an unknown kind', raw('1 x m 1600-1~a text -')],
  ['no message ID', raw('1 j  1600-1~a text -')],
  ['a bare stream ID as predecessor', raw('1 j m 1600-1 text -')],
  ['a bad predecessor', raw('1 j m nonsense text -')],
  ['a predecessor that does not count one less', raw('1 j m 1600-5~a text -')],
  ['a predecessor that is later', raw('1 j m 1800-1~a text -')],
  ['no sender', raw('1 j m 1600-1~a text')],
  ['an empty sender', raw('1 j m 1600-1~a text +')],
  ['a sender with a control character', raw('1 j m 1600-1~a text +a\u0000b')],
  ['a second line', raw('1 j m 1600-1~a text +a\nb')],
  ['an ID with leading zeros', raw('1 j m 1600-1~a text -', '01700-2')],
  ['an ID too large', raw('1 j m 1600-1~a text -', '18446744073709551615-2')],
  ['the count of XADD *', raw('1 j m 0-0~ text -', '1700-0')],
  ['no header', { id: '1700-2', header: null, data: Buffer.from('1') }],
  ['no data', { id: '1700-2', header: '1 j m 1600-1~a text -', data: null }],
  ['nothing', null],
])('[G6.2] is no entry of ours: %s', (_what, entry) => {
  expect(decodeEntry(entry)).toBeNull();
});

test('[G6.2] decoding is total', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString()),
      (id, header) => {
        expect(() => decodeEntry({ id, header, data: Buffer.alloc(0) })).not.toThrow();
        expect(() => decodeEntry(raw(`1 j ${header}`))).not.toThrow();
      },
    ),
  );
});
