// Faults of what the streams hold. Those that concern one room still run alone: what they remove has to be on record, and
// who misses it is away on purpose.

import type { ChainableCommander } from 'ioredis';
import type { PlannedFault } from '../plan.ts';
import { appendOwn } from '../own-append.ts';
import { keysOf, type RoomKeys } from '../streams.ts';
import { QUIET_ROOM, type World } from '../world.ts';
import { NOTHING, sleep, until, type FaultKind } from './fault.ts';

const REMOVED = 'what was removed';
const common = { lane: 'alone', mayLose: true, loses: REMOVED } as const;

const allKeys = ({ stream, position, dedupe }: RoomKeys): string[] => [stream, position, ...dedupe];

async function readAndDestroy(world: World, destroy: (multi: ChainableCommander) => void): Promise<void> {
  await world.streams.read(world.redis.fetch(destroy));
  await world.read({ whole: true });
}

/**
 * Somebody who was in the room is away while entries that they have not seen come and go, and comes back when so much more
 * has come that no server has their place in its memory.
 */
export async function whileAway(
  world: World,
  { target, choice, durationMs }: PlannedFault,
  remove: () => Promise<void>,
): Promise<void> {
  const members = world.pages.filter(({ identity }) => identity.rooms.some(({ name }) => name === target));
  const page = members[choice % members.length];
  page?.identity.wires.each((proxy) => {
    proxy.refuse();
    proxy.cut();
  });
  await sleep(durationMs);
  await remove();
  for (const other of world.pages) if (other !== page) other.command({ type: 'burst', count: 100 });
  await sleep(500);
  page?.identity.wires.mend();
}

export const ROOM_FAULTS: readonly FaultKind[] = [
  {
    ...common,
    kind: 'flushall',
    target: 'store',
    durationMs: [0, 0],
    loses: 'everything',
    async run(_, world) {
      await readAndDestroy(world, (multi) => void multi.flushall());
      return { pages: world.pages };
    },
  },
  {
    ...common,
    kind: 'room-deleted',
    target: 'room',
    durationMs: [0, 0],
    async run({ target, choice }, world) {
      const keys = keysOf(target);
      // All of it, or the stream alone, as somebody might who knows the one key and not the others.
      await readAndDestroy(world, (multi) => void multi.del(...(choice % 2 === 0 ? allKeys(keys) : [keys.stream])));
      return { pages: world.pages };
    },
  },
  {
    ...common,
    kind: 'trimmed-past-cursor',
    target: 'room',
    durationMs: [400, 1200],
    async run(fault, world) {
      const { target } = fault;
      await whileAway(world, fault, async () => {
        await world.read();
        const lastId = world.streams.lastId(target);
        await readAndDestroy(world, (multi) => void multi.xtrim(keysOf(target).stream, 'MINID', lastId));
      });
      return { pages: world.pages };
    },
  },
  {
    ...common,
    kind: 'entry-deleted',
    target: 'room',
    durationMs: [400, 1200],
    async run(fault, world) {
      const { target } = fault;
      await whileAway(world, fault, async () => {
        await world.read();
        const lastId = world.streams.lastId(target);
        // Not the last one: others have it as their predecessor by then.
        await sleep(200);
        await readAndDestroy(world, (multi) => void multi.xdel(keysOf(target).stream, lastId));
      });
      return { pages: world.pages };
    },
  },
  {
    kind: 'redis-clock-set-back',
    lane: 'alone',
    target: 'room',
    durationMs: [5000, 60_000],
    mayLose: false,
    loses: NOTHING,
    // One append with the clock ahead by so much; for all that follow, the clock has been set back.
    async run({ target, durationMs }, world) {
      await appendOwn(world, { room: target, aheadMs: durationMs });
      await sleep(300);
      return { pages: world.pages };
    },
  },
  {
    kind: 'last-announcement-lost',
    lane: 'server',
    target: 'store',
    durationMs: [0, 0],
    mayLose: false,
    loses: NOTHING,
    async run(_, world) {
      const sinceMs = world.timeLine.now();
      const id = await appendOwn(world, { room: QUIET_ROOM, isAnnounced: false });
      const pages = world.pages.filter(({ progress }) => progress?.connection === 'connected');
      const sessions = new Map(pages.map((page) => [page, page.session]));
      const staying = (): typeof pages => pages.filter((page) => sessions.get(page) === page.session);
      const hasIt = ({ progress }: (typeof pages)[number]): boolean =>
        progress?.rooms[QUIET_ROOM]?.cursor?.startsWith(`${id}~`) === true;
      await until(() => staying().every(hasIt), 15_000);
      return { pages: [], sinceMs, measures: { 'lost last message seen by all': world.timeLine.now() - sinceMs } };
    },
  },
];
