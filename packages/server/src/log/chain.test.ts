import { parseCursor, type Cursor, type CursorParts, type MessageId, type StreamId } from '@holdline/protocol';
import { expect, test } from 'vitest';
import { onChain } from './chain.ts';
import { cursorOf, type Entry } from './entry.ts';

function entry(own: string, previous: string): Entry {
  const [id = '', messageId = ''] = own.split('~');
  const names = { id: id as StreamId, messageId: messageId as MessageId, previous: previous as Cursor };
  return { ...names, kind: 'json', event: 'text', sender: null, data: Buffer.from('1') };
}

const a = entry('10-1~a', '0-0~');
const b = entry('20-2~b', '10-1~a');
const c = entry('30-3~c', '20-2~b');
const d = entry('40-4~d', '30-3~c');

const chain = (entries: readonly Entry[], end: string | null, start = '0-0~'): readonly string[] => {
  const chosen = onChain(entries, parseCursor(start) as CursorParts, end as Cursor | null, false);
  return chosen.map(cursorOf);
};

test('[G6.2] whole, and with holes, the entries are all ours', () => {
  expect(chain([a, b, c, d], '40-4~d')).toEqual([a, b, c, d].map(cursorOf));
  expect(chain([a, d], '40-4~d')).toEqual([a, d].map(cursorOf));
  expect(chain([a, b], '40-4~d')).toEqual([a, b].map(cursorOf));
  expect(chain([b, c], null)).toEqual([b, c].map(cursorOf));
  expect(chain([], '40-4~d')).toEqual([]);
});

test.each([
  ['behind the position', [a, b, entry('21-3~x', '20-2~b')], '20-2~b', ['a', 'b']],
  ['as the first of the room', [a, b, entry('25-1~x', '0-0~'), c], '30-3~c', ['a', 'b', 'c']],
  ['in the place of the next', [a, b, entry('25-3~x', '20-2~b'), c, d], '40-4~d', ['a', 'b', 'c', 'd']],
  ['as a copy', [a, b, c, entry('35-3~c', '20-2~b'), d], '40-4~d', ['a', 'b', 'c', 'd']],
  ['before all', [entry('5-1~x', '0-0~'), a, b], '20-2~b', ['a', 'b']],
] as const)('[G6.2] an entry by hand is not: %s', (_what, entries, end, expected) => {
  expect(chain(entries, end).map((cursor) => cursor.split('~')[1])).toEqual(expected);
});

test('[G6.2] the last of a read that goes on is a witness only: what stands before it is ours', () => {
  expect(chain([a, b, c, entry('35-3~x', '20-2~b')], null).slice(0, -1)).toEqual([a, b].map(cursorOf));
  expect(chain([a, b, c, d, entry('45-3~x', '20-2~b')], null).slice(0, -1)).toEqual([a, b, c].map(cursorOf));
});

test('[G6.2] where the stream is meddled with, what links to the reader counts', () => {
  const forged = entry('21-1~x', '0-0~');

  expect(chain([b, forged, d], null, '10-1~a')).toEqual([b, d].map(cursorOf));
});

test('[G6.2] entries that are known to name each other are asked for their end only', () => {
  const isLinked = true;

  expect(onChain([b, c, d], parseCursor('10-1~a')!, '40-4~d' as Cursor, isLinked)).toEqual([b, c, d]);
  expect(onChain([b, c, d], parseCursor('10-1~a')!, '30-3~c' as Cursor, isLinked)).toEqual([b, c]);
  expect(onChain([], parseCursor('10-1~a')!, '30-3~c' as Cursor, isLinked)).toEqual([]);
});
