import type { Cursor, MessageId, StreamId } from '@holdline/protocol';
import { expect, test } from 'vitest';
import type { Entry } from '../log/entry.ts';
import { PendingAnnouncements } from './pending.ts';

const entries = (count: number, bytes = 1): Entry[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `1-${i + 1}` as StreamId,
    messageId: `m${i + 1}` as MessageId,
    previous: '0-0~' as Cursor,
    kind: 'json',
    event: 'text',
    sender: null,
    data: Buffer.alloc(bytes),
  }));

type State = 'empty' | 'filled' | 'overflowed';
type Event = 'few' | 'too many' | 'too large' | 'taken';

const STATES: Record<State, (pending: PendingAnnouncements) => void> = {
  empty: () => {},
  filled: (pending) => pending.add(entries(2)),
  overflowed: (pending) => pending.add(entries(513)),
};
const EVENTS: Record<Event, (pending: PendingAnnouncements) => void> = {
  few: (pending) => pending.add(entries(3)),
  'too many': (pending) => pending.add(entries(513)),
  'too large': (pending) => pending.add(entries(2, 600_000)),
  taken: (pending) => void pending.takeAll(),
};

/** What is taken after the event: so many entries, or null, which makes the room read. */
const TABLE: Record<State, Record<Event, number | null>> = {
  empty: { few: 3, 'too many': null, 'too large': null, taken: 0 },
  filled: { few: 5, 'too many': null, 'too large': null, taken: 0 },
  overflowed: { few: null, 'too many': null, 'too large': null, taken: 0 },
};

const cells = (Object.keys(TABLE) as State[]).flatMap((state) =>
  (Object.keys(EVENTS) as Event[]).map((event) => ({ state, event, expected: TABLE[state][event] })),
);

test.each(cells)('[G7.2] $state, $event: $expected', ({ state, event, expected }) => {
  const pending = new PendingAnnouncements();
  STATES[state](pending);

  EVENTS[event](pending);

  expect(pending.takeAll()?.length ?? null).toBe(expected);
  expect(pending.takeAll()).toEqual([]);
});

test.each([
  [512, 1],
  [2, 524_288],
])('[G7.2] %d entries of %d bytes are still kept', (count, bytes) => {
  const pending = new PendingAnnouncements();

  pending.add(entries(count, bytes));

  expect(pending.takeAll()).toHaveLength(count);
});
