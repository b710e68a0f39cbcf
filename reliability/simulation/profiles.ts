/** Kinds of schedules: most mix everything, some are steered towards what chance alone reaches too seldom. */
import type { SeededRandom } from '@holdline/testkit';
import type { FaultName, Setting } from './faults.ts';
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

const NETWORK = [
  'cut, both told',
  'cut, page told',
  'cut, server told',
  'stall up',
  'stall down',
  'stall both',
  'host refuses',
  'host silent',
  'kill server',
  'kill machine',
  'drain',
  'sleep',
] as const satisfies readonly FaultName[];

const PAGES = [
  'reload',
  'offline',
  'freeze',
  'hide',
  'storage slow',
  'storage refuses',
] as const satisfies readonly FaultName[];

const STORE = [
  'store away',
  'store refuses',
  'lost replies',
  'deaf',
  'lost announcements',
  'noise',
] as const satisfies readonly FaultName[];

const HISTORY = [
  'trim',
  'delete',
  'forget position',
  'expire stream',
  'rollback',
  'flush',
  'clock step',
  'foreign entry',
] as const satisfies readonly FaultName[];

export const PROFILES: readonly Profile[] = [
  { name: 'network', weight: 30, first: NETWORK, faults: [...NETWORK, ...STORE] },
  { name: 'store', weight: 20, first: STORE, faults: [...NETWORK, ...STORE] },
  { name: 'pages', weight: 20, tabs: true, first: PAGES, faults: [...NETWORK, ...PAGES, ...STORE] },
  { name: 'history', weight: 30, first: HISTORY, faults: [...NETWORK, ...STORE, ...HISTORY] },
];
