/** Kinds of schedules: most mix everything, some are steered towards what chance alone reaches too seldom. */
import { parseRetention } from '@holdline/server';
import type { SeededRandom } from '@holdline/testkit';
import { applicationCalls, strangers } from './extras.ts';
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
const DISHONEST = new Set<FaultName>(['garble', 'leave out']);
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
    extras: applicationCalls,
  },
  {
    name: 'access',
    weight: 20,
    first: ACCESS,
    faults: [...ACCESS, ...ACCESS, ...NETWORK, 'reload', 'offline'],
    settings: (random) => ({ tokenLifeMs: random.pick([4_000, 6_000, 60_000]) }),
    extras: (random, setting) => applicationCalls(random, setting).slice(0, 4),
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
    weight: 10,
    first: ['garble', 'leave out', 'drain', 'stall down'],
    faults: [...NETWORK, 'garble', 'leave out'],
    settings: () => ({
      tuning: { heartbeatMs: 1_000, stallMs: 1_000, maxInFlight: 2, ratePerSecond: 20, rateBurst: 8 },
    }),
    extras: strangers,
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
