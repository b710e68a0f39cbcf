/** The short way from a page to its frames makes, byte for byte, what the long way makes. */
import type { Cursor, MessageId, RoomId, StreamId, UserId } from '@holdline/protocol';
import { decodeServerFrame } from '@holdline/protocol';
import { expect, test } from 'vitest';
import type { Entry } from '../log/entry.ts';
import { pageSteps } from './page-steps.ts';
import { toItem } from './room-item.ts';
import { toSteps, type Step } from './steps.ts';

const LOBBY = 'lobby' as RoomId;

const entry = (n: number, with_: Partial<Entry> = {}): Entry => ({
  id: `5-${n}` as StreamId,
  messageId: `m${n}` as MessageId,
  previous: `5-${n - 1}~m${n - 1}` as Cursor,
  kind: 'json',
  event: 'text',
  sender: 'alice' as UserId,
  data: Buffer.from(JSON.stringify(`body ${n}`)),
  ...with_,
});
const entries = (count: number, each: (n: number) => Partial<Entry> = () => ({})): Entry[] =>
  Array.from({ length: count }, (_, i) => entry(i + 1, each(i + 1)));

const byItems = (page: readonly Entry[]): readonly Step[] => toSteps(page.map((one) => toItem(LOBBY, one, false)));
const shown = (steps: readonly Step[] | null) =>
  steps?.map((step) => (step.kind === 'messages' ? { ...step, frame: step.frame.wire.toString('latin1') } : step));

test.each([
  ['nothing', []],
  ['one message', entries(1)],
  ['two', entries(2)],
  ['as many as a batch holds', entries(512)],
  ['one more', entries(513)],
  ['several batches', entries(1300)],
  ['batches that are full before', entries(40, (n) => ({ data: Buffer.from(JSON.stringify('x'.repeat(n * 300))) }))],
  ['a message larger than a batch', entries(3, (n) => ({ data: Buffer.from(JSON.stringify('x'.repeat(n * 40_000))) }))],
  [
    'names and payloads of all scripts',
    entries(9, (n) => ({
      sender: [null, 'Zoë', '名前', '😀"\\'][n % 4] as UserId,
      data: Buffer.from(JSON.stringify({ n, text: 'äß€😀\u0080\u00a0\u2028"\\\n' })),
    })),
  ],
  ['payloads that are base64', entries(3, () => ({ kind: 'binary', data: Buffer.from('"AAEC"') }))],
  ['payloads with bytes that are no UTF-8', entries(2, () => ({ data: Buffer.from([0x22, 0xff, 0xc3, 0x22]) }))],
])('[G1.3] %s', (_what, page) => {
  expect(shown(pageSteps(LOBBY, page))).toEqual(shown(byItems(page)));
});

test('[G1.1] what a client reads is every message once and in order', () => {
  const read = pageSteps(LOBBY, entries(1300))!.flatMap((step) => {
    if (step.kind !== 'messages') throw new Error('a page of messages became something else');
    const decoded = decodeServerFrame(step.frame.toString());
    if (!decoded.ok || decoded.frame.type !== 'batch') throw new Error('not a batch that a client can read');
    return decoded.frame.frames.map((frame) => (frame.type === 'message' ? frame.messageId : frame.type));
  });

  expect(read).toEqual(entries(1300).map(({ messageId }) => messageId));
});

test.each<[string, Partial<Entry>]>([
  ['a control entry', { kind: 'control' }],
  ['a payload that is no JSON', { data: Buffer.from('{"a":') }],
  ['an empty payload', { data: Buffer.alloc(0) }],
  ['a byte order mark', { data: Buffer.from('\ufeff1') }],
  ['a blank that JSON does not know', { data: Buffer.from('\u00a01') }],
])('[G6.2] a page with %s goes the long way', (_what, odd) => {
  expect(pageSteps(LOBBY, [...entries(3), entry(4, odd), entry(5)])).toBeNull();
});
