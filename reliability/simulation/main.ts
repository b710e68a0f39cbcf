/**
 * Many schedules of SDK and server on virtual time.
 *
 *   npm run simulate -- --schedules 100000 --seed 1 --workers 2      all from a seed on; prints what was covered
 *     --check-every 1000  so many schedules are judged by their histories as well
 *   npm run simulate -- --seed 4387                                  one schedule again, with its trace
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { addCounts, reportCoverage, type Counts } from './coverage.ts';
import { SimulationThread } from './pool.ts';
import type { Outcome } from './runner.ts';

const CHUNK = 250;
const MOST_FAILURES_SHOWN = 10;
/** Every cell has to be reached this often in so many schedules, and in fewer in proportion; below the last it is only shown. */
const CELL_AT_LEAST = 100;
const CELL_SCHEDULES = 100_000;
const COVERAGE_FROM = 10_000;
const PROGRESS_EVERY_MS = 10_000;

const { values } = parseArgs({
  options: {
    schedules: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'check-every': { type: 'string', default: '1000' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const checkEvery = wholeNumber('check-every', values['check-every']);
const [seed, workers] = [wholeNumber('seed', values.seed), wholeNumber('workers', values.workers)];
process.exitCode =
  values.schedules === undefined ? await replay(seed) : await runAll(wholeNumber('schedules', values.schedules));

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} takes a whole number from 1 up`);
  return number;
}

/** One schedule, everything that happened in it. */
async function replay(only: number): Promise<number> {
  const thread = new SimulationThread();
  const { outcomes } = await thread.run({
    from: only,
    count: 1,
    options: { traces: true, keepsHistory: true },
    wantsAll: true,
  });
  await thread.close();
  const [outcome] = outcomes as readonly [Outcome];
  console.log((outcome.trace ?? []).join('\n'));
  console.log(
    `seed ${only} (${outcome.profile}): ${outcome.steps} steps, ${outcome.virtualMs} ms, digest ${outcome.digest}`,
  );
  return outcome.violations.length === 0 ? 0 : 1;
}

async function runAll(schedules: number): Promise<number> {
  const startedAt = performance.now();
  const counts: Counts = {};
  const failed: Outcome[] = [];
  const sum = { schedules: 0, steps: 0, virtualMs: 0 };
  let next = seed;
  let saidAt = startedAt;
  const work = async (): Promise<void> => {
    const thread = new SimulationThread();
    while (next < seed + schedules) {
      const from = next;
      next += CHUNK;
      const delivery = await thread.run({ from, count: Math.min(CHUNK, seed + schedules - from), checkEvery });
      addCounts(counts, delivery.counts);
      sum.schedules += delivery.schedules;
      sum.steps += delivery.steps;
      sum.virtualMs += delivery.virtualMs;
      for (const outcome of delivery.outcomes) if (failed.push(outcome) <= MOST_FAILURES_SHOWN) show(outcome);
      if (performance.now() - saidAt < PROGRESS_EVERY_MS) continue;
      saidAt = performance.now();
      console.log(`${sum.schedules} of ${schedules} schedules, ${failed.length} failed`);
    }
    await thread.close();
  };
  await Promise.all(Array.from({ length: workers }, work));

  const seconds = (performance.now() - startedAt) / 1000;
  const atLeast = Math.min(CELL_AT_LEAST, Math.ceil((CELL_AT_LEAST * schedules) / CELL_SCHEDULES));
  const { text, complaints } = reportCoverage(counts, atLeast);
  console.log(text);
  console.log(`\n${complaints.length} cells below ${atLeast}, or reached and declared out of reach`);
  for (const complaint of complaints) console.log(`  ${complaint}`);
  console.log(
    `\n${sum.schedules} schedules from seed ${seed}: ${sum.steps} steps, ${(sum.virtualMs / 3_600_000).toFixed(1)} hours of ` +
      `virtual time in ${seconds.toFixed(1)} s (${((1000 * seconds) / sum.schedules).toFixed(2)} ms each, ${workers} threads)`,
  );
  console.log(`${sum.schedules - failed.length} passed, ${failed.length} failed`);
  const isCovered = schedules < COVERAGE_FROM || complaints.length === 0;
  return failed.length === 0 && isCovered ? 0 : 1;
}

function show({ seed: which, profile, violations, actions }: Outcome): void {
  const [first] = violations;
  console.log(
    `\nseed ${which} (${profile}) fails [${first!.rule}] at step ${first!.step}, ${first!.atMs} ms: ${first!.what}`,
  );
  for (const action of actions) if (!action.includes('publishes in')) console.log(`    ${action}`);
  console.log(`  again, step by step: npm run simulate -- --seed ${which}`);
}
