/** The phases of a room × what can happen to it: what is kept, read and delivered in each. */
import { ZERO_CURSOR, type Cursor } from '@holdline/protocol';
import { ManualClock } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { cursorOf, type Entry } from '../log/entry.ts';
import type { LogPage, MessageLog } from '../log/message-log.ts';
import { silentLogger } from '../logger.ts';
import { Metrics } from '../metrics.ts';
import { ReadGate } from './read-gate.ts';
import { createRoomKit, LOBBY, MemoryMember } from './room.kit.ts';
import { Room } from './room.ts';

type Phase = 'opening' | 'open' | 'reading' | 'closed';
type Event =
  | 'opened'
  | 'doubted'
  | 'next entry'
  | 'known entry'
  | 'entry with a hole'
  | 'signal'
  | 'compared, same'
  | 'compared, ahead'
  | 'marked dirty'
  | 'closed';

interface Scene {
  readonly room: Room;
  readonly alice: MemoryMember;
  readonly reads: (() => void)[];
}

/** Three entries, of which the room has applied two where it is open. */
const log = await (async (): Promise<readonly Entry[]> => {
  const kit = await createRoomKit();
  await kit.publish(1, 4);
  return kit.wholeLog();
})();
const at = (n: number): Cursor => cursorOf(log[n - 1]!);
const emptyPage = (position: Cursor): LogPage => ({ gap: null, entries: [], position, hasMore: false });

function createScene(phase: Phase): Scene {
  const reads: (() => void)[] = [];
  const source = {
    readAfter: () => new Promise<LogPage>((resolve) => reads.push(() => resolve(emptyPage(at(2))))),
  } as Partial<MessageLog> as MessageLog;
  const room = new Room(LOBBY, {
    log: source,
    clock: new ManualClock(),
    logger: silentLogger,
    metrics: new Metrics(),
    gate: new ReadGate(1),
    window: { maxBytes: 65_536, maxItems: 100 },
    notes: { note: () => {} },
    pageSize: 100,
  });
  const alice = new MemoryMember('alice');
  if (phase !== 'opening') {
    room.open(at(1));
    room.enter(alice, { cursor: 'live', recent: [], mayReadHistory: true });
    room.onEntries([log[1]!]);
  }
  if (phase === 'reading') room.markDirty();
  if (phase === 'closed') room.close();
  alice.frames.length = 0;
  return { room, alice, reads };
}

const EVENTS: Record<Event, (room: Room) => void> = {
  opened: (room) => room.open(at(2)),
  doubted: (room) => room.markDirtyWhenOpen(),
  'next entry': (room) => room.onEntries([log[2]!]),
  'known entry': (room) => room.onEntries([log[1]!]),
  'entry with a hole': (room) => room.onEntries([log[3]!]),
  signal: (room) => room.onSignal({ event: 'typing', sender: null, data: 'true' }),
  'compared, same': (room) => room.compare(room.position, room.position),
  'compared, ahead': (room) => room.compare(at(4), room.position),
  'marked dirty': (room) => room.markDirty(),
  closed: (room) => room.close(),
};

/** `position/delivered/reads` right after the event; a read that is under way is not answered. */
const TABLE: Record<Phase, Record<Event, string>> = {
  opening: {
    opened: 'm2//0',
    doubted: '0//0',
    'next entry': '0//0',
    'known entry': '0//0',
    'entry with a hole': '0//0',
    signal: '0//0',
    'compared, same': '0//0',
    'compared, ahead': '0//0',
    'marked dirty': '0//0',
    closed: '0//0',
  },
  open: {
    opened: 'm2//0',
    doubted: 'm2//0',
    'next entry': 'm3/m3/0',
    'known entry': 'm2//0',
    'entry with a hole': 'm2//1',
    signal: 'm2/signal/0',
    'compared, same': 'm2//0',
    'compared, ahead': 'm2//1',
    'marked dirty': 'm2//1',
    closed: 'm2//0',
  },
  reading: {
    opened: 'm2//1',
    doubted: 'm2//1',
    'next entry': 'm2//1',
    'known entry': 'm2//1',
    'entry with a hole': 'm2//1',
    signal: 'm2/signal/1',
    'compared, same': 'm2//1',
    'compared, ahead': 'm2//1',
    'marked dirty': 'm2//1',
    closed: 'm2//1',
  },
  closed: {
    opened: 'm2//0',
    doubted: 'm2//0',
    'next entry': 'm2//0',
    'known entry': 'm2//0',
    'entry with a hole': 'm2//0',
    signal: 'm2//0',
    'compared, same': 'm2//0',
    'compared, ahead': 'm2//0',
    'marked dirty': 'm2//0',
    closed: 'm2//0',
  },
};

const nameOf = (cursor: Cursor): string => (cursor === ZERO_CURSOR ? '0' : cursor.slice(cursor.indexOf('~') + 1));

const cells = (Object.keys(TABLE) as Phase[]).flatMap((phase) =>
  (Object.keys(EVENTS) as Event[]).map((event) => ({ phase, event, expected: TABLE[phase][event] })),
);

test.each(cells)('[G1.1] a room that is $phase, $event: $expected', async ({ phase, event, expected }) => {
  const { room, alice, reads } = createScene(phase);

  EVENTS[event](room);
  await Promise.resolve();

  expect([nameOf(room.position), alice.story.join(' '), reads.length].join('/')).toBe(expected);
});

test('[G1.1] what came while it was opening is judged when it opens, and a doubt makes it read', async () => {
  const judged = createScene('opening');
  judged.room.onEntries([log[1]!, log[2]!]);
  judged.room.open(at(1));
  const doubted = createScene('opening');
  doubted.room.markDirtyWhenOpen();
  doubted.room.open(at(1));

  expect([nameOf(judged.room.position), judged.reads.length]).toEqual(['m3', 0]);
  expect([nameOf(doubted.room.position), doubted.reads.length]).toEqual(['m1', 1]);
});

test('[G1.1] what came while it was reading is judged when the read is over', async () => {
  const { room, alice, reads } = createScene('reading');
  room.onEntries([log[1]!, log[2]!]);

  reads[0]!();
  await new Promise((resolve) => setImmediate(resolve));

  expect([nameOf(room.position), alice.messageIds, reads.length]).toEqual(['m3', ['m3'], 1]);
});
