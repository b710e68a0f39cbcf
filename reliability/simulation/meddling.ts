/**
 * Things that happen just when a page enters a state: what chance alone would hardly ever time. Each waits for its moment
 * once.
 */
import type { SeededRandom } from '@holdline/testkit';
import type { Setting } from './faults/fault.ts';
import type { Action } from './plan.ts';
import type { Page } from './page.ts';
import { WORLD } from './virtual-time.ts';
import type { World } from './world.ts';

type Deed = (world: World, page: Page, room: string) => unknown;

export interface Meddling {
  readonly slot: number;
  /** `connection` or `room`, and the state that is entered. */
  readonly moment: string;
  readonly what: string;
  readonly afterMs: number;
  readonly deed: Deed;
}

const CONNECTION_STATES = ['connecting', 'connected', 'reconnecting', 'offline', 'failed'] as const;
const ROOM_STATES = ['left', 'joining', 'catching-up', 'live', 'degraded', 'denied'] as const;

const cut: Deed = (world, page) => {
  for (const link of world.network.linksOf(page.owner)) link.cut('both');
};

const storeAway: Deed = async (world) => {
  await world.controls.goAway();
  world.time.set(() => void world.controls.comeBack(), 2 + world.random.below(300), WORLD);
};

const drain: Deed = (world, page) => {
  for (const link of world.network.linksOf(page.owner)) world.drain(link.hostName, 300);
};

const ON_CONNECTION: Readonly<Record<string, Deed>> = {
  'connect is called': (_world, page) => page.do((client) => client.connect()),
  'it is closed': (_world, page) => page.close(),
  'it goes offline': (_world, page) => page.hint('offline'),
  'it is told of a network': (_world, page) => page.hint('online'),
  'its connection is cut': cut,
  'its server drains': drain,
  'it is frozen': (_world, page) => page.hint('freeze'),
};

const ON_ROOM: Readonly<Record<string, Deed>> = {
  'it joins': (_world, page, room) => page.join(room),
  'it leaves': (_world, page, room) => page.do(() => page.room(room).leave()),
  'it leaves and joins': (_world, page, room) => {
    page.do(() => page.room(room).leave());
    page.join(room);
  },
  'it leaves, joins and leaves': (_world, page, room) => {
    page.do(() => page.room(room).leave());
    page.join(room);
    page.do(() => page.room(room).leave());
  },
  'it goes deaf': (world, page, room) => page.goDeaf(room, world.random.below(400)),
  'its connection is cut': cut,
  'the store goes away': storeAway,
  'its server drains': drain,
};

export interface Moments {
  readonly connection: readonly (typeof CONNECTION_STATES)[number][];
  readonly room: readonly (typeof ROOM_STATES)[number][];
}

const ALL_MOMENTS: Moments = { connection: CONNECTION_STATES, room: ROOM_STATES };

export function meddlings(random: SeededRandom, { pages }: Setting, moments = ALL_MOMENTS): Action[] {
  return Array.from({ length: 6 }, (): Action => {
    const isRoom = random.below(2) === 0;
    const state = random.pick<string>(isRoom ? moments.room : moments.connection);
    const [what, deed] = random.pick(Object.entries(isRoom ? ON_ROOM : ON_CONNECTION));
    const moment = `${isRoom ? 'room' : 'connection'} ${state}`;
    const meddling: Meddling = { slot: random.below(pages), moment, what, afterMs: random.below(4), deed };
    return {
      atMs: 0,
      what: `page ${meddling.slot}, ${moment}: ${what}`,
      run: (world) => void world.meddlings.push(meddling),
    };
  });
}

/** To be told of every state that a page enters. */
export function meddle(world: World, page: Page, moment: string, room: string): void {
  const at = world.meddlings.findIndex((each) => each.slot === page.slot && each.moment === moment);
  const [meddling] = at < 0 ? [] : world.meddlings.splice(at, 1);
  if (meddling === undefined) return;
  world.time.set(
    () => {
      world.say(`page ${page.slot}, ${moment}: ${meddling.what}`);
      void meddling.deed(world, page, room);
    },
    meddling.afterMs,
    WORLD,
  );
}
