/** What applications and strangers do beside publishing: calls at odd moments, and peers that are none of ours. */
import type { SeededRandom } from '@holdline/testkit';
import type { Setting } from './faults/fault.ts';
import type { Action } from './plan.ts';
import { MANNERS, Stranger, type Manner } from './stranger.ts';
import type { Page } from './page.ts';
import type { World } from './world.ts';

type Call = (page: Page, room: string, world: World) => unknown;

const CALLS: Readonly<Record<string, Call>> = {
  joins: (page, room) => page.join(room),
  leaves: (page, room) => page.do(() => page.room(room).leave()),
  'leaves and joins': (page, room) => {
    page.do(() => page.room(room).leave());
    page.join(room);
  },
  'joins, leaves and joins': (page, room) => {
    page.join(room);
    page.do(() => page.room(room).leave());
    page.join(room);
  },
  'joins and leaves': (page, room) => {
    page.join(room);
    page.do(() => page.room(room).leave());
  },
  connects: (page) => page.do((client) => client.connect()),
  signals: (page, room) => page.do(() => page.room(room).signal('typing', 1)),
  'goes deaf for a while': (page, room, world) => page.goDeaf(room, 400 + world.random.below(2_000)),
  'publishes and aborts': (page, room, world) => {
    // Whether it was sent before, and so may be stored, the caller is not told.
    world.isBeyondHistories = true;
    const abort = new AbortController();
    page.publish(room, world.nextMessageId(), { signal: abort.signal });
    world.time.set(() => abort.abort(), world.random.below(40), page.owner);
  },
  'publishes twice': (page, room, world) => {
    const messageId = world.nextMessageId();
    page.publish(room, messageId);
    world.time.set(() => page.repeat(room, messageId), 1 + world.random.below(500), page.owner);
  },
  'publishes what another tab publishes': (page, room, world) => {
    if (!page.isLive) return;
    const messageId = world.nextMessageId();
    const other = world.livePages.find(({ browser }) => browser === page.browser);
    page.publish(room, messageId);
    page.published.at(-1)!.isRepeated = true;
    other?.echo(room, messageId);
  },
  'clears its outbox': (page, _room, world) => {
    world.isBeyondHistories = true;
    page.do((client) => client.outbox.clear());
  },
  'opens and closes again': (page) => page.open(),
  closes: (page) => page.close(),
  'closes twice': (page) => {
    page.close();
    page.do((client) => client.close());
  },
  'goes offline for a while': (page, _room, world) => {
    page.hint('offline');
    for (const link of world.network.linksOf(page.owner)) link.cut('page');
    const next = world.random.pick<(at: Page) => unknown>([
      (at) => at.hint('offline'),
      (at) => at.do((client) => client.connect()),
      (at) => at.close(),
    ]);
    world.time.set(() => next(page), 20 + world.random.below(200), page.owner);
    world.time.set(() => page.hint('online'), 300, page.owner);
  },
  'is seen again': (page) => page.hint('visibilitychange'),
  'is told of a network': (page) => page.hint('online'),
};

/** Calls of the application, all of them harmless: whatever they are, everything is whole in the end. */
export function applicationCalls(random: SeededRandom, { pages, rooms, lengthMs }: Setting): Action[] {
  return Array.from({ length: 6 + random.below(8) }, () => {
    const [slot, room] = [random.below(pages), random.pick(rooms)];
    const [name, call] = random.pick(Object.entries(CALLS));
    const atMs = random.below(lengthMs);
    return {
      atMs,
      what: `page ${slot} ${name} (${room})`,
      run: (world: World) => {
        const page = world.pageOf(slot);
        if (page !== undefined) call(page, room, world);
      },
    };
  });
}

export function strangers(random: SeededRandom, { hosts, lengthMs }: Setting): Action[] {
  return Array.from({ length: 3 }, () => {
    const [host, manner] = [random.pick(hosts), random.pick<Manner>(MANNERS)];
    return {
      atMs: random.below(lengthMs),
      what: `a stranger at ${host}: ${manner}`,
      run: (world: World) => {
        const stranger = new Stranger(world.network, host, manner);
        world.strangers.push(stranger);
        for (let i = 0; i < 4; i += 1) {
          world.time.set(() => stranger.saySomething(), world.random.below(3_000), stranger.owner);
        }
      },
    };
  });
}
