/** One thread of the decoder run: every n-th batch, counts and findings to the one that asked. */
import { parentPort, workerData } from 'node:worker_threads';
import { runBatch, type Finding } from './batch.ts';

export interface WorkerTask {
  readonly seed: number;
  /** The first batch of this thread, how many there are in all, and the step to its next one. */
  readonly first: number;
  readonly batches: number;
  readonly step: number;
}

export interface WorkerReport {
  readonly frames: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
}

// Half of the texts are no JSON: the stack of each SyntaxError would cost more than everything else together.
Error.stackTraceLimit = 0;

const { seed, first, batches, step } = workerData as WorkerTask;
for (let batch = first; batch < batches; batch += step) {
  const result: WorkerReport = runBatch(seed, batch);
  parentPort?.postMessage(result);
}
