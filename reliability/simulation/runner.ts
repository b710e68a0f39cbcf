/**
 * Schedules in this thread, which it takes over for good: time, chance and the modules of SDK and server. For a worker
 * or a process of its own.
 */
import { checkHistory, createRandom, type HistoryEvent } from '@holdline/testkit';
import { Coverage, type Counts } from './coverage.ts';
import { takeOverGlobals, type Chance } from './globals.ts';
import { instrument } from './instrument.ts';
import { plant, type Plant } from './plants.ts';
import { VirtualTime } from './virtual-time.ts';
import { cellOf, watchClass } from './watch-machines.ts';
import type { Violation, World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly profile: string;
  readonly violations: readonly Violation[];
  /** Tasks that were run. */
  readonly steps: number;
  readonly virtualMs: number;
  readonly digest: number;
  /** What was done, for people. */
  readonly actions: readonly string[];
  readonly trace: readonly string[] | null;
  readonly history: readonly HistoryEvent[] | null;
}

export interface RunOptions {
  readonly keepsHistory?: boolean;
  readonly traces?: boolean;
  /** A fault of the server, played by the network. */
  readonly plant?: Plant;
}

export interface Runner {
  run(seed: number, options?: RunOptions): Promise<Outcome>;
  takeCounts(): Counts;
}

export async function createRunner(): Promise<Runner> {
  const time = new VirtualTime();
  const chance: Chance = { source: createRandom(1), ids: 0 };
  const coverage = new Coverage();
  instrument(
    (machine, state, event) => coverage.count(...cellOf(machine, state, event)),
    (name, watched) => watchClass(name, watched, coverage),
  );
  takeOverGlobals(time, chance);
  // Making a stack for each error that is expected costs more than the rest of the schedule.
  Error.stackTraceLimit = 0;
  let current: World | null = null;
  process.on('unhandledRejection', (error) => {
    current?.violated('G7.6', `a rejection that nobody handles: ${String(error)}`);
  });
  // After the hooks: these bring SDK and server with them.
  const { runSchedule } = await import('./schedule.ts');
  return {
    async run(seed, { keepsHistory = false, traces = false, plant: planted } = {}) {
      const prepare = (world: World): void => {
        current = world;
        if (planted !== undefined) plant(world, planted);
      };
      const world = await runSchedule(seed, time, chance, { keepsHistory, traces, prepare });
      for (const page of world.pages) {
        for (const { gaps } of page.watches.values())
          for (const { reason } of gaps) coverage.count('gap', 'told', reason);
      }
      if (world.history !== null && !world.isBeyondHistories) checkWith(world, world.history);
      coverage.count('profile', '', world.plan.profile);
      return outcomeOf(world, time);
    },
    takeCounts: () => coverage.take(),
  };
}

/** The history checker's word on the same schedule: it knows the guarantees from end to end. */
function checkWith(world: World, history: readonly HistoryEvent[]): void {
  for (const { rule, what, events } of checkHistory(history).violated) {
    world.violated(
      rule,
      `by its history: ${what}; ${events.map((event) => JSON.stringify(event).slice(0, 200)).join(' ')}`,
    );
  }
}

function outcomeOf(world: World, time: VirtualTime): Outcome {
  const { plan, violations, trace, history } = world;
  return {
    seed: plan.seed,
    profile: plan.profile,
    violations,
    steps: time.steps,
    virtualMs: time.nowMs,
    digest: time.digest,
    actions: plan.actions.map(({ atMs, what }) => `${atMs} ms ${what}`),
    trace,
    history,
  };
}
