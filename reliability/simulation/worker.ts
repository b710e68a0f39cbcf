/** A thread of the simulation: runs ranges of seeds, and hands back what it counted and what failed. */
import { parentPort } from 'node:worker_threads';
import type { Counts } from './coverage.ts';
import { createRunner, type Outcome, type RunOptions } from './runner.ts';

export interface Order {
  readonly from: number;
  readonly count: number;
  readonly options?: RunOptions;
  /** Every so many schedules one is judged by its history as well. */
  readonly checkEvery?: number;
  /** Whole outcomes of all schedules are wanted, not just of those that failed. */
  readonly wantsAll?: boolean;
}

export interface Delivery {
  readonly schedules: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly counts: Counts;
  readonly outcomes: readonly Outcome[];
}

const port = parentPort;
if (port === null) throw new Error('to be started as a worker');
const runner = await createRunner();

port.on('message', (order: Order) => void carryOut(order));

async function carryOut({ from, count, options = {}, checkEvery = 0, wantsAll = false }: Order): Promise<void> {
  const outcomes: Outcome[] = [];
  let [steps, virtualMs] = [0, 0];
  for (let seed = from; seed < from + count; seed += 1) {
    const isChecked = checkEvery > 0 && seed % checkEvery === 0;
    const outcome = await runner.run(seed, isChecked ? { ...options, keepsHistory: true } : options);
    steps += outcome.steps;
    virtualMs += outcome.virtualMs;
    if (wantsAll || outcome.violations.length > 0) outcomes.push(outcome);
  }
  port!.postMessage({ schedules: count, steps, virtualMs, counts: runner.takeCounts(), outcomes } satisfies Delivery);
}
