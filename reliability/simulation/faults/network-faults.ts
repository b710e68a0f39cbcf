/** Faults of the network and of whole servers. */
import type { Direction } from '../link.ts';
import { lasting, once, type FaultPlan } from './fault.ts';

const cut =
  (told: 'both' | 'page' | 'server'): FaultPlan =>
  (random, { pages }) => {
    const slot = random.below(pages);
    return once(`cut page ${slot}, ${told} told`, (world) => {
      const page = world.pageOf(slot);
      if (page !== undefined) for (const link of world.network.linksOf(page.owner)) link.cut(told);
    });
  };

const stall =
  (direction: Direction): FaultPlan =>
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
  (how: 'refuses' | 'silent'): FaultPlan =>
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
  (isTold: boolean): FaultPlan =>
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

const drain: FaultPlan = (random, { hosts }) => {
  const host = random.pick(hosts);
  const drainMs = random.pick([0, 200, 1_000]);
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

const sleep: FaultPlan = (random, { hosts, pages }) => {
  const isServer = random.below(2) === 0;
  const [host, slot] = [random.pick(hosts), random.below(pages)];
  const forMs = random.pick([100, 600, 2_500, 7_000]);
  return once(`${isServer ? host : `page ${slot}`} sleeps for ${forMs} ms`, (world) => {
    const owner = isServer ? world.servers.get(host)?.owner : world.pageOf(slot)?.owner;
    if (owner !== undefined) owner.sleepsUntil = world.time.nowMs + forMs;
  });
};

/** A box on the way that breaks what pages send: the server cannot read it. */
const garble: FaultPlan = (random, { pages }) => {
  const [slot, count] = [random.below(pages), 1 + random.below(5)];
  return once(`the next ${count} frames of page ${slot} are garbled`, (world) => {
    const page = world.pageOf(slot);
    if (page !== undefined) for (const link of world.network.linksOf(page.owner)) link.garbleNext(count);
  });
};

/** A server that leaves out a message: the SDK has to find that out by itself. */
const leaveOut: FaultPlan = (random, { pages }) => {
  const slot = random.below(pages);
  return once(`one message to page ${slot} is left out`, (world) => {
    const page = world.pageOf(slot);
    if (page !== undefined) for (const link of world.network.linksOf(page.owner)) link.leaveOutNextMessage();
  });
};

export const NETWORK_FAULTS = {
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
  garble,
  'leave out': leaveOut,
} as const satisfies Record<string, FaultPlan>;
