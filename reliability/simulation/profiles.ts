/** Kinds of schedules: most mix everything, some are steered towards what chance alone reaches too seldom. */
import { parseRetention } from '@holdline/server';
import type { SeededRandom } from '@holdline/testkit';
import { applicationCalls, strangers } from './extras.ts';
import { meddlings } from './meddling.ts';
import { ACCESS_FAULTS } from './faults/access-faults.ts';
import type { Setting } from './faults/fault.ts';
import type { FaultName } from './faults/index.ts';
import { NETWORK_FAULTS } from './faults/network-faults.ts';
import { PAGE_FAULTS } from './faults/page-faults.ts';
import { HISTORY_FAULTS, STORE_FAULTS } from './faults/store-faults.ts';
import type { Action, Plan } from './plan.ts';

export interface Profile {
  readonly name: string;
  readonly weight: number;
  /** Several pages of one user, with one outbox. */
  readonly tabs?: boolean;
  /** The first fault of a schedule is one of these; the others are `faults`. */
  readonly first: readonly FaultName[];
  readonly faults: readonly FaultName[];
  settings?(random: SeededRandom): Partial<Plan>;
  extras?(random: SeededRandom, setting: Setting): Action[];
}

const names = <Faults extends object>(faults: Faults): (keyof Faults)[] => Object.keys(faults) as (keyof Faults)[];

/** Those that honest parts do not cause: a garbled frame, a message left out. */
const DISHONEST = new Set<FaultName>(['garble', 'leave out', 'close as broken']);
const NETWORK: FaultName[] = names(NETWORK_FAULTS).filter((name) => !DISHONEST.has(name));
const PAGES: FaultName[] = names(PAGE_FAULTS);
const STORE: FaultName[] = names(STORE_FAULTS);
const HISTORY: FaultName[] = names(HISTORY_FAULTS);
const ACCESS: FaultName[] = names(ACCESS_FAULTS);

export const PROFILES: readonly Profile[] = [
  { name: 'network', weight: 20, first: NETWORK, faults: [...NETWORK, ...STORE] },
  { name: 'store', weight: 15, first: STORE, faults: [...NETWORK, ...STORE] },
  { name: 'pages', weight: 15, tabs: true, first: PAGES, faults: [...NETWORK, ...PAGES, ...STORE] },
  { name: 'history', weight: 20, first: HISTORY, faults: [...NETWORK, ...STORE, ...HISTORY] },
  {
    name: 'application',
    weight: 15,
    first: [...NETWORK, ...PAGES],
    faults: [...NETWORK, ...PAGES, ...STORE],
    tabs: true,
    extras: (random, setting) => [...applicationCalls(random, setting), ...meddlings(random, setting)],
  },
  {
    name: 'access',
    weight: 20,
    first: ACCESS,
    faults: [...ACCESS, ...ACCESS, ...NETWORK, 'reload', 'offline', 'freeze', 'store away', 'lost replies'],
    settings: (random) => ({
      tokenLifeMs: random.pick([3_600, 5_000, 60_000]),
      tuning: { heartbeatMs: random.pick([300, 1_500]), stallMs: random.pick([300, 5_000]) },
    }),
    extras: (random, setting) => [...applicationCalls(random, setting).slice(0, 3), ...meddlings(random, setting)],
  },
  {
    name: 'narrow',
    weight: 15,
    first: ['stall down', 'stall both', 'sleep', 'drain'],
    faults: [...NETWORK, 'store away', 'lost announcements'],
    settings: (random) => ({
      padding: random.pick([0, 300, 700]),
      tuning: {
        heartbeatMs: random.pick([300, 1_000]),
        maxSocketBytes: 1_024,
        maxFrameBytes: random.pick([1_024, 4_096]),
        windowBytes: 1_024,
        stallMs: random.pick([300, 1_500]),
        ratePerSecond: random.pick([5, 50]),
        rateBurst: random.pick([3, 10]),
        maxInFlight: random.pick([1, 3]),
      },
    }),
  },
  {
    name: 'strangers',
    weight: 20,
    first: ['garble', 'leave out', 'close as broken', 'drain', 'drain', 'stall down'],
    faults: [...NETWORK, 'garble', 'leave out', 'close as broken', 'close as broken', 'drain'],
    settings: (random) => ({
      tuning: {
        heartbeatMs: random.pick([600, 3_000]),
        helloTimeoutMs: random.pick([500, 5_000]),
        stallMs: random.pick([500, 1_000]),
        maxInFlight: 2,
        ratePerSecond: 20,
        rateBurst: 8,
      },
    }),
    extras: (random, setting) => [...strangers(random, setting), ...meddlings(random, setting)],
  },
  {
    name: 'retention',
    weight: 15,
    first: ['cut, both told', 'host silent', 'offline', 'sleep'],
    faults: [...NETWORK, 'offline', 'clock step', 'store away'],
    settings: (random) => ({
      retention: parseRetention(random.pick(['*=3', '*=6', '*=100/1s', '*=100/2s', '*=4/1s'])),
      tuning: { windowBytes: 1_024, lingerMs: 0 },
    }),
  },
];

/** For what the others reach less than a hundred times in a hundred thousand. */
export const STEERED: readonly Profile[] = [
  {
    // Entries deleted by hand while somebody is away, and too old for the window: a gap `deleted`.
    name: 'deletion',
    weight: 1,
    first: ['delete'],
    faults: ['delete', 'cut, both told', 'offline', 'reload', 'deaf', 'lost announcements'],
    settings: () => ({ padding: 300, tuning: { windowBytes: 1_024, lingerMs: 0 } }),
  },
  {
    // Clients that have failed and rooms that are denied, and what an application can still do with them.
    name: 'locked out',
    weight: 1,
    first: ['token refused', 'user changes', 'join forbidden'],
    faults: ['join forbidden', 'join forbidden', 'token refused', 'user changes', 'drain', 'store away', 'offline'],
    settings: (random) => ({ tokenLifeMs: random.pick([3_600, 60_000]), tuning: { heartbeatMs: 1_500 } }),
    extras: (random, setting) => [
      ...applicationCalls(random, setting).slice(0, 3),
      ...meddlings(random, setting, { connection: ['failed'], room: ['denied'] }),
    ],
  },
  {
    // Long ways back, and a drain or another history in the middle of them.
    name: 'catch-up',
    weight: 1,
    first: ['drain', 'rollback'],
    faults: ['drain', 'rollback', 'cut, both told', 'cut, page told', 'reload'],
    settings: () => ({ padding: 700, commandMs: 30, tuning: { windowBytes: 1_024, lingerMs: 0 } }),
    extras: (random, setting) =>
      meddlings(random, setting, { connection: ['connected'], room: ['joining', 'catching-up'] }),
  },
  {
    // A refusal at the door overtakes an append that takes longer than a room rests.
    name: 'slow store',
    weight: 1,
    first: ['cut, both told', 'lost replies', 'sleep'],
    faults: ['cut, both told', 'lost replies', 'sleep', 'offline', 'freeze', 'freeze', 'drain'],
    settings: () => ({ commandMs: 1_200, tuning: { ratePerSecond: 5, rateBurst: 3 } }),
  },
];
