/** What happens in a schedule, made from its seed alone: how the world is set up, and when what is done to it. */
import type { RetentionRule, ServerOptions } from '@holdline/server';
import { createRandom, type SeededRandom } from '@holdline/testkit';
import type { Setting } from './faults/fault.ts';
import { FAULTS, type FaultName } from './faults/index.ts';
import type { Pace } from './pipe.ts';
import { PROFILES, STEERED, type Profile } from './profiles.ts';
import type { World } from './world.ts';

export interface Action {
  readonly atMs: number;
  readonly what: string;
  run(world: World): unknown;
}

export interface PagePlan {
  readonly user: string;
  readonly since: string | { readonly last: number };
}

export interface Plan {
  readonly seed: number;
  readonly profile: string;
  readonly hosts: readonly string[];
  readonly rooms: readonly string[];
  readonly pages: readonly PagePlan[];
  readonly pace: Pace;
  /** Commands and their answers, and announcements, take up to this long, ms. */
  readonly commandMs: number;
  readonly feedMs: number;
  readonly maxBackoffMs: number;
  readonly dedupeMs: number;
  readonly retention: readonly RetentionRule[];
  readonly tuning: Partial<ServerOptions>;
  /** How long tokens live; null where everybody may do everything. */
  readonly tokenLifeMs: number | null;
  /** Extra bytes of each payload. */
  readonly padding: number;
  /** Until when actions begin. */
  readonly lengthMs: number;
  readonly actions: readonly Action[];
}

export const MESSAGES = 20;
/** One seed of so many is steered; all others mean what they always meant. */
const STEERED_EVERY = 16;
const STEERED_AT = 5;
const USERS = ['alice', 'bob', 'carol', 'dave'] as const;
const ROOMS = ['lobby', 'other'] as const;

export function planOf(seed: number): Plan {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ 0x51ed270b);
  const profile = pickProfile(random, seed % STEERED_EVERY === STEERED_AT ? STEERED : PROFILES);
  const lengthMs = random.pick([300, 800, 1_500, 3_000]);
  const rooms = ROOMS.slice(0, random.below(4) === 0 ? 2 : 1);
  const hosts = ['s0', 's1', 's2'].slice(0, random.below(5) === 0 ? 3 : 2);
  const pages = pagesOf(random, profile);
  const settings = profile.settings?.(random) ?? {};
  return {
    seed,
    profile: profile.name,
    hosts,
    rooms,
    pages,
    pace: random.pick<Pace>([
      { latencyMs: 1, jitterMs: 0, isChunky: true },
      { latencyMs: 1, jitterMs: 3, isChunky: true },
      { latencyMs: 5, jitterMs: 60, isChunky: false },
      { latencyMs: 0, jitterMs: 2, isChunky: false },
    ]),
    commandMs: random.pick([0, 1, 3, 30]),
    feedMs: random.pick([0, 1, 5, 50]),
    maxBackoffMs: random.pick([100, 400]),
    dedupeMs: 7_200_000,
    retention: [],
    tokenLifeMs: null,
    padding: 0,
    ...settings,
    tuning: {
      heartbeatMs: random.pick([1_000, 3_000, 5_000]),
      lingerMs: random.pick([0, 500, 10_000]),
      ...settings.tuning,
    },
    lengthMs,
    actions: actionsOf(random, profile, { lengthMs, rooms, hosts, pages: pages.length }),
  };
}

function pickProfile(random: SeededRandom, profiles: readonly Profile[]): Profile {
  let at = random.below(profiles.reduce((sum, { weight }) => sum + weight, 0));
  for (const profile of profiles) {
    at -= profile.weight;
    if (at < 0) return profile;
  }
  throw new RangeError('the weights do not add up');
}

function pagesOf(random: SeededRandom, { tabs }: Profile): PagePlan[] {
  const count = 3 + (random.below(6) === 0 ? 1 : 0);
  return Array.from({ length: count }, (_, i) => ({
    // Tabs of one user share an outbox.
    user: tabs === true && i > 0 && random.below(2) === 0 ? USERS[0] : (USERS[i] as string),
    since: random.pick(['live', 'start', 'start', { last: 3 }]),
  }));
}

function actionsOf(random: SeededRandom, profile: Profile, setting: Setting): Action[] {
  const { lengthMs, rooms, pages } = setting;
  const actions: Action[] = [];
  let [atMs, page, room] = [0, 0, rooms[0]!];
  for (let i = 0; i < MESSAGES; i += 1) {
    // Most of them in bursts: at one moment is what order is tested by.
    if (i === 0 || random.below(4) === 0) atMs = random.below(lengthMs);
    if (i === 0 || random.below(3) === 0) [page, room] = [random.below(pages), random.pick(rooms)];
    const [slot, name] = [page, room];
    actions.push({
      atMs,
      what: `page ${slot} publishes in ${name}`,
      run: (world) => world.pageOf(slot)?.publish(name, world.nextMessageId()),
    });
  }
  const faults = 2 + random.below(3);
  for (let i = 0; i < faults; i += 1) {
    const name = random.pick<FaultName>(i === 0 ? profile.first : profile.faults);
    const beginsAtMs = random.below(lengthMs);
    const forMs = random.pick([20, 200, 800, 3_000]);
    actions.push(
      ...FAULTS[name](random, setting).map((action) => ({
        ...action,
        atMs: beginsAtMs + (action.afterMs ?? 0) + (action.isUndo === true ? forMs : 0),
      })),
    );
  }
  for (const extra of profile.extras?.(random, setting) ?? []) actions.push(extra);
  return actions.toSorted((a, b) => a.atMs - b.atMs);
}
