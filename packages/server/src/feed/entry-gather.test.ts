import type { Cursor, MessageId, RoomId, StreamId } from '@holdline/protocol';
import { expect, test } from 'vitest';
import type { Entry } from '../log/entry.ts';
import { EntryGather } from './entry-gather.ts';

const [lobby, attic] = ['lobby', 'attic'] as [RoomId, RoomId];
const entry = (n: number, bytes = 1): Entry => ({
  id: `1000-${n}` as StreamId,
  messageId: `m${n}` as MessageId,
  previous: '0-0~' as Cursor,
  kind: 'json',
  event: 'text',
  sender: null,
  data: Buffer.alloc(bytes),
});

function createGather() {
  const steps: string[] = [];
  const gather = new EntryGather(
    (room, entries) => void steps.push([room, ...entries.map(({ messageId }) => messageId)].join(' ')),
  );
  return { gather, steps };
}

test('[G1.1] entries of one task are handed on once, by room, in the order in which they came', async () => {
  const { gather, steps } = createGather();

  gather.add(lobby, [entry(1)]);
  gather.add(attic, [entry(1), entry(2)]);
  gather.add(lobby, [entry(2), entry(3)]);
  expect(steps).toEqual([]);
  await Promise.resolve();
  gather.add(lobby, [entry(4)]);
  await Promise.resolve();

  expect(steps).toEqual(['lobby m1 m2 m3', 'attic m1 m2', 'lobby m4']);
});

test('what is flushed or forgotten before the end of the task does not come again', async () => {
  const { gather, steps } = createGather();

  gather.add(lobby, [entry(1)]);
  gather.add(attic, [entry(1)]);
  gather.flush(lobby);
  gather.flush(lobby);
  gather.forget(attic);
  gather.add(lobby, [entry(2)]);
  await Promise.resolve();

  expect(steps).toEqual(['lobby m1', 'lobby m2']);
});

test.each([
  ['256 entries', 300, 1, 256],
  ['64 KiB', 10, 10_000, 7],
])('[G7.2] %s are handed on without waiting', (_, count, bytes, first) => {
  const { gather, steps } = createGather();

  for (let n = 1; n <= count; n++) gather.add(lobby, [entry(n, bytes)]);

  expect(steps[0]!.split(' ')).toHaveLength(1 + first);
});
