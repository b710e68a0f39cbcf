/** What can go wrong, each kind with a beginning and, where it has one, an end. */
import type { SeededRandom } from '@holdline/testkit';
import type { Direction } from './link.ts';
import type { World } from './world.ts';

export interface FaultAction {
  readonly what: string;
  /** The end of it, a while after its beginning. */
  readonly isUndo?: boolean;
  readonly afterMs?: number;
  run(world: World): unknown;
}

export interface Setting {
  readonly lengthMs: number;
  readonly rooms: readonly string[];
  readonly hosts: readonly string[];
  readonly pages: number;
}

type Plan = (random: SeededRandom, setting: Setting) => FaultAction[];

const once = (what: string, run: (world: World) => unknown): FaultAction[] => [{ what, run }];

const lasting = (what: string, run: (world: World) => unknown, undo: (world: World) => unknown): FaultAction[] => [
  { what, run },
  { what: `end of ${what}`, isUndo: true, run: undo },
];

const cut =
  (told: 'both' | 'page' | 'server'): Plan =>
  (random, { pages }) => {
    const slot = random.below(pages);
    return once(`cut page ${slot}, ${told} told`, (world) => {
      const page = world.pageOf(slot);
      if (page !== undefined) for (const link of world.network.linksOf(page.owner)) link.cut(told);
    });
  };

const stall =
  (direction: Direction): Plan =>
  (random, { pages }) => {
    const slot = random.below(pages);
    return lasting(
      `stall ${direction} of page ${slot}`,
      (world) => {
        const page = world.pageOf(slot);
        if (page !== undefined) for (const link of world.network.linksOf(page.owner)) link.hold(direction, 'stalled');
      },
      // Whatever was held up then, even if the page has gone on with another connection.
      (world) => {
        for (const link of world.network.links) link.letGo('both', 'stalled');
      },
    );
  };

const unreachable =
  (how: 'refuses' | 'silent'): Plan =>
  (random, { hosts }) => {
    const host = random.pick(hosts);
    return lasting(
      `${host} ${how}`,
      (world) => {
        world.network.setReachability(host, how);
        for (const link of world.network.links) if (link.hostName === host) link.cut('both');
      },
      (world) => world.network.setReachability(host, 'up'),
    );
  };

/** SIGKILL, or the end of the machine: then nobody hears of it. */
const kill =
  (isTold: boolean): Plan =>
  (random, { hosts }) => {
    const host = random.pick(hosts);
    return lasting(
      `kill ${host}${isTold ? '' : ' with its machine'}`,
      (world) => {
        const server = world.servers.get(host);
        if (server === undefined) return;
        server.owner.isDead = true;
        for (const link of world.network.linksOf(server.owner)) {
          if (isTold) link.cut('page');
          else link.hold('both', 'gone');
        }
      },
      (world) => {
        if (world.servers.get(host)?.owner.isDead === true) world.startServer(host);
      },
    );
  };

const drain: Plan = (random, { hosts }) => {
  const host = random.pick(hosts);
  const drainMs = random.pick([0, 200, 1_000, 3_000]);
  return lasting(
    `drain ${host} for ${drainMs} ms`,
    (world) => {
      const server = world.servers.get(host);
      if (server === undefined || server.owner.isDead || server.isDraining) return;
      server.isDraining = true;
      world.network.setReachability(host, 'refuses');
      world.time.owner = server.owner;
      void server.server.close({ drainMs });
    },
    (world) => {
      if (world.servers.get(host)?.isDraining === true) world.startServer(host);
    },
  );
};

const sleep: Plan = (random, { hosts, pages }) => {
  const isServer = random.below(2) === 0;
  const [host, slot] = [random.pick(hosts), random.below(pages)];
  const forMs = random.pick([100, 1_000, 5_000, 12_000]);
  return once(`${isServer ? host : `page ${slot}`} sleeps for ${forMs} ms`, (world) => {
    const owner = isServer ? world.servers.get(host)?.owner : world.pageOf(slot)?.owner;
    if (owner !== undefined) owner.sleepsUntil = world.time.nowMs + forMs;
  });
};

const reload: Plan = (random, { pages, rooms }) => {
  const slot = random.below(pages);
  const [isReload, isTold] = [random.below(2) === 0, random.below(3) > 0];
  return lasting(
    `${isReload ? 'reload' : 'crash'} of page ${slot}`,
    (world) => world.pageOf(slot)?.crash(isReload, isTold),
    (world) => {
      if (world.pageOf(slot)?.owner.isDead !== true) return;
      const page = world.openPage(slot);
      for (const room of rooms) page.join(room);
    },
  );
};

const hints =
  (begin: 'offline' | 'freeze' | 'pagehide', end: 'online' | 'resume' | 'pageshow'): Plan =>
  (random, { pages }) => {
    const slot = random.below(pages);
    return lasting(
      `page ${slot}: ${begin}`,
      (world) => {
        const page = world.pageOf(slot);
        page?.hint(begin);
        if (begin === 'offline' && page !== undefined)
          for (const link of world.network.linksOf(page.owner)) link.cut('page');
      },
      (world) => world.pageOf(slot)?.hint(end),
    );
  };

const storage =
  (fault: 'slow' | 'refuses'): Plan =>
  (random, { pages }) => {
    const slot = random.below(pages);
    return lasting(
      `outbox storage of page ${slot} ${fault}`,
      (world) => {
        const browser = world.pageOf(slot)?.browser;
        if (browser !== undefined) browser.fault = fault;
      },
      (world) => {
        const browser = world.pageOf(slot)?.browser;
        if (browser !== undefined) browser.fault = 'none';
      },
    );
  };

const storeAway: Plan = () =>
  lasting(
    'the store is away',
    ({ controls }) => controls.goAway(),
    ({ controls }) => controls.comeBack(),
  );

const storeRefuses: Plan = () =>
  lasting(
    'the store refuses writes',
    ({ controls }) => controls.refuseWrites(true),
    ({ controls }) => controls.refuseWrites(false),
  );

const lostReplies: Plan = (random) => {
  const count = 1 + random.below(3);
  return once(`the answers of the next ${count} appends are lost`, ({ controls }) => controls.loseReplies(count));
};

const deaf: Plan = (random, { hosts }) => {
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

const drops: Plan = (random, { rooms }) => {
  const [room, count] = [random.pick(rooms), 1 + random.below(4)];
  return once(`the next ${count} announcements of ${room} are lost`, ({ controls }) =>
    controls.dropNextAnnouncements(room as never, count),
  );
};

const noise: Plan = (random, { rooms }) => {
  const room = random.pick(rooms);
  const bytes = random.pick(['nonsense', '1e 0123456789abcdef\n5-1\n1 j x 0-0~ text -\n{}', '1s text +bob\n{"a":1}']);
  return once(`somebody else announces in ${room}`, ({ controls }) => controls.announceRaw(room as never, bytes));
};

const wound =
  (kind: string, hurt: (world: World, room: string, random: SeededRandom) => Promise<unknown>): Plan =>
  (random, { rooms }) => {
    const room = random.pick(rooms);
    return once(`${kind} in ${room}`, (world) => world.wound(kind, room, () => hurt(world, room, random)));
  };

const trim = wound('trim', ({ controls }, room, random) => controls.trim(room as never, random.below(4)));

const deletion = wound('delete', async (world, room, random) => {
  const standing = await world.standing(room);
  if (standing.length > 0) await world.controls.removeEntry(room as never, random.pick(standing).id as never);
});

const forgetPosition = wound('forget position', ({ controls }, room) => controls.forgetPosition(room as never));

const expireStream = wound('expire stream', ({ controls }, room) => controls.expireStream(room as never));

/** Everything back to how it was: a stale replica takes over. */
const rollback: Plan = (random) => {
  const backMs = random.pick([50, 500, 2_000]);
  let kept: unknown = null;
  return [
    { what: 'a replica falls behind', run: async ({ controls }) => (kept = await controls.snapshot()) },
    {
      what: 'the replica takes over',
      afterMs: backMs,
      run: (world) => world.wound('rollback', null, () => world.controls.restore(kept)),
    },
  ];
};

const flush: Plan = () =>
  once('everything is forgotten', (world) => world.wound('flush', null, () => world.controls.forgetEverything()));

const clockStep: Plan = (random) => {
  const byMs = random.pick([-5_000, -500, 2_000, 60_000]);
  return once(`the clock of the store steps by ${byMs} ms`, ({ controls }) => controls.shiftClock(byMs));
};

const foreignEntry: Plan = (random, { rooms }) => {
  const room = random.pick(rooms);
  return once(`somebody else adds to the stream of ${room}`, (world) =>
    world.wound('foreign entry', room, () => world.controls.addForeignEntry(room as never)),
  );
};

export const FAULTS = {
  'cut, both told': cut('both'),
  'cut, page told': cut('page'),
  'cut, server told': cut('server'),
  'stall up': stall('up'),
  'stall down': stall('down'),
  'stall both': stall('both'),
  'host refuses': unreachable('refuses'),
  'host silent': unreachable('silent'),
  'kill server': kill(true),
  'kill machine': kill(false),
  drain,
  sleep,
  reload,
  offline: hints('offline', 'online'),
  freeze: hints('freeze', 'resume'),
  hide: hints('pagehide', 'pageshow'),
  'storage slow': storage('slow'),
  'storage refuses': storage('refuses'),
  'store away': storeAway,
  'store refuses': storeRefuses,
  'lost replies': lostReplies,
  deaf,
  'lost announcements': drops,
  noise,
  trim,
  delete: deletion,
  'forget position': forgetPosition,
  'expire stream': expireStream,
  rollback,
  flush,
  'clock step': clockStep,
  'foreign entry': foreignEntry,
} as const satisfies Record<string, Plan>;

export type FaultName = keyof typeof FAULTS;
