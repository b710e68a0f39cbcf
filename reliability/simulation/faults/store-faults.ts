/** Faults of the store: away, refusing, deaf feeds, and what removes or replaces history. */
import type { SeededRandom } from '@holdline/testkit';
import type { World } from '../world.ts';
import { lasting, once, type FaultPlan } from './fault.ts';

const storeAway: FaultPlan = () =>
  lasting(
    'the store is away',
    ({ controls }) => controls.goAway(),
    ({ controls }) => controls.comeBack(),
  );

const storeRefuses: FaultPlan = () =>
  lasting(
    'the store refuses writes',
    ({ controls }) => controls.refuseWrites(true),
    ({ controls }) => controls.refuseWrites(false),
  );

const lostReplies: FaultPlan = (random) => {
  const count = 1 + random.below(3);
  return once(`the answers of the next ${count} appends are lost`, ({ controls }) => controls.loseReplies(count));
};

const deaf: FaultPlan = (random, { hosts }) => {
  const host = random.pick(hosts);
  let instance = '';
  return lasting(
    `the feed of ${host} is cut`,
    (world) => {
      instance = world.servers.get(host)?.instance ?? '';
      return world.controls.cutFeed(instance);
    },
    ({ controls }) => controls.healFeed(instance),
  );
};

const drops: FaultPlan = (random, { rooms }) => {
  const [room, count] = [random.pick(rooms), 1 + random.below(4)];
  return once(`the next ${count} announcements of ${room} are lost`, ({ controls }) =>
    controls.dropNextAnnouncements(room as never, count),
  );
};

const noise: FaultPlan = (random, { rooms }) => {
  const room = random.pick(rooms);
  const bytes = random.pick(['nonsense', '1e 0123456789abcdef\n5-1\n1 j x 0-0~ text -\n{}', '1s text +bob\n{"a":1}']);
  return once(`somebody else announces in ${room}`, ({ controls }) => controls.announceRaw(room as never, bytes));
};

const wound =
  (kind: string, hurt: (world: World, room: string, random: SeededRandom) => Promise<unknown>): FaultPlan =>
  (random, { rooms }) => {
    const room = random.pick(rooms);
    return once(`${kind} in ${room}`, (world) => world.wound(kind, room, () => hurt(world, room, random)));
  };

const trim = wound('trim', (world, room, random) => {
  const keep = random.below(4);
  // An empty stream does not show to the checker what became of it.
  if (keep === 0) world.isBeyondHistories = true;
  return world.controls.trim(room as never, keep);
});

const deletion = wound('delete', async (world, room, random) => {
  const standing = await world.standing(room);
  if (standing.length > 0) await world.controls.removeEntry(room as never, random.pick(standing).id as never);
});

const forgetPosition = wound('forget position', ({ controls }, room) => controls.forgetPosition(room as never));

const expireStream = wound('expire stream', (world, room) => {
  world.isBeyondHistories = true;
  return world.controls.expireStream(room as never);
});

/** Everything back to how it was: a stale replica takes over. */
const rollback: FaultPlan = (random) => {
  const backMs = random.pick([50, 500, 2_000]);
  let kept: unknown = null;
  return [
    { what: 'a replica falls behind', run: async ({ controls }) => (kept = await controls.snapshot()) },
    {
      what: 'the replica takes over',
      afterMs: backMs,
      run: (world) => {
        // What was forgotten is there again: the checker takes a gap that was true then for a false one.
        if (world.wounds.has('flush')) world.isBeyondHistories = true;
        return world.wound('rollback', null, () => world.controls.restore(kept));
      },
    },
  ];
};

const flush: FaultPlan = () =>
  once('everything is forgotten', (world) => world.wound('flush', null, () => world.controls.forgetEverything()));

const clockStep: FaultPlan = (random) => {
  const byMs = random.pick([-5_000, -500, 2_000, 60_000]);
  return once(`the clock of the store steps by ${byMs} ms`, ({ controls }) => controls.shiftClock(byMs));
};

const foreignEntry: FaultPlan = (random, { rooms }) => {
  const room = random.pick(rooms);
  return once(`somebody else adds to the stream of ${room}`, (world) =>
    world.wound('foreign entry', room, () => world.controls.addForeignEntry(room as never)),
  );
};

export const STORE_FAULTS = {
  'store away': storeAway,
  'store refuses': storeRefuses,
  'lost replies': lostReplies,
  deaf,
  'lost announcements': drops,
  noise,
} as const satisfies Record<string, FaultPlan>;

export const HISTORY_FAULTS = {
  trim,
  delete: deletion,
  'forget position': forgetPosition,
  'expire stream': expireStream,
  rollback,
  flush,
  'clock step': clockStep,
  'foreign entry': foreignEntry,
} as const satisfies Record<string, FaultPlan>;
