import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEntry, type RawEntry } from './entry-codec.ts';
import { cursorOf, type Entry } from './entry.ts';
import { RunDecoder } from './run-decoder.ts';

const raw = (header: string, id: string): RawEntry => ({ id, header, data: Buffer.from('1') });
const first = raw('1 j a 1600-1~a text -', '1700-2');

test('[G4.1] who knows the entries before reads the next one as who knows nothing does', () => {
  const part = fc.constantFrom('0', '1', '2', '3', '4', '1600', '1700', '01', '');
  const id = fc.tuple(part, part).map(([ms, n]) => `${ms}-${n}`);
  const messageId = fc.constantFrom('b', 'b', 'c', 'a b', '', 'ä');
  const names = {
    version: fc.constantFrom('1', '1', '1', '2', '11'),
    kind: fc.constantFrom('j', 'j', 'b', 'c', 'x', 'jj', ''),
    messageId,
    event: fc.constantFrom('text', 'text', 'other', 't"', 'a b', ''),
    sender: fc.constantFrom('-', '-', '+Zoë', '+a b', '+', 'x', '+a\nb'),
  };
  const anywhere = fc.record({
    ...names,
    id,
    previous: fc.tuple(id, messageId).map(([at, before]) => `${at}~${before}`),
  });
  const next = fc.record({
    ...names,
    ms: fc.constantFrom(0, 0, 1, -1),
    n: fc.constantFrom(1, 1, 1, 2),
    behindCursor: fc.constantFrom('', '', '', 'x', 'xtext +a'),
  });

  fc.assert(
    fc.property(fc.array(fc.oneof(anywhere, next, next, next), { maxLength: 8 }), (steps) => {
      const decoder = new RunDecoder();
      const read: Entry[] = [decoder.decode(first)!];
      for (const step of steps) {
        const last = read.at(-1)!;
        const [ms, n] = last.id.split('-').map(Number) as [number, number];
        const at = 'n' in step ? `${ms + step.ms}-${n + step.n}` : step.id;
        const previous = 'n' in step ? cursorOf(last) + step.behindCursor : step.previous;
        const { version, kind, messageId: own, event, sender } = step;
        const one = raw(`${version} ${kind} ${own} ${previous} ${event} ${sender}`, at);

        const entry = decoder.decode(one);

        expect(entry).toEqual(decodeEntry(one));
        if (entry !== null) read.push(entry);
      }
      const isLinked = read.every((entry, i) => i === 0 || entry.previous === cursorOf(read[i - 1]!));
      expect(decoder.isLinked).toBe(isLinked);
    }),
    { numRuns: 2000 },
  );
});

test('entries that follow each other are linked, whoever sent them and whatever they are', () => {
  const decoder = new RunDecoder();
  const run = [
    first,
    raw('1 b b 1700-2~a text +Zoë', '1700-3'),
    raw('1 c c 1700-3~b control -', '1701-4'),
    raw('1 j d 1701-4~c text +Zoë', '1701-5'),
  ];

  expect(run.map((one) => decoder.decode(one))).toEqual(run.map(decodeEntry));
  expect(decoder.isLinked).toBe(true);
});

test.each([
  ['an entry that is missing', raw('1 j c 1700-3~b text -', '1700-4')],
  ['a copy', raw('1 j a 1600-1~a text -', '1701-2')],
])('[G4.3] %s breaks the link', (_what, second) => {
  const decoder = new RunDecoder();
  decoder.decode(first);

  expect(decoder.decode(second)).toEqual(decodeEntry(second));
  expect(decoder.isLinked).toBe(false);
});

test('[G6.2] what is none of ours does not break it', () => {
  const decoder = new RunDecoder();
  decoder.decode(first);

  expect(decoder.decode({ id: '1700-9', header: null, data: null })).toBeNull();
  expect(decoder.decode(raw('1 j b 1700-2~a text -', '1700-3'))).not.toBeNull();
  expect(decoder.isLinked).toBe(true);
});
