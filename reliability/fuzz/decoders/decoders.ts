/** The decoder run: batches spread over threads. Each thread has little memory, so that one that grows dies of it. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { BATCH_FRAMES, type Finding } from './batch.ts';
import type { WorkerReport, WorkerTask } from './decoders.worker.ts';

export interface DecoderRun {
  readonly seed: number;
  readonly frames: number;
  readonly workers?: number;
  /** Runs this one batch and no other. */
  readonly batch?: number;
  onProgress?(frames: number): void;
}

export interface DecoderReport {
  readonly frames: number;
  readonly ms: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
}

/** MB of a thread: a leak of two bytes a frame would not fit a hundred million of them. */
const THREAD_MB = 160;
const MAX_FINDINGS = 20;

export async function fuzzDecoders({ seed, frames, workers, batch, onProgress }: DecoderRun): Promise<DecoderReport> {
  const startedAt = performance.now();
  const counts = new Map<string, number>();
  const findings: Finding[] = [];
  let done = 0;
  const take = (report: WorkerReport): void => {
    done += report.frames;
    for (const [label, count] of report.counts) counts.set(label, (counts.get(label) ?? 0) + count);
    findings.push(...report.findings.slice(0, MAX_FINDINGS - findings.length));
    onProgress?.(done);
  };
  const batches = batch === undefined ? Math.ceil(frames / BATCH_FRAMES) : batch + 1;
  const step = batch === undefined ? Math.min(batches, workers ?? availableParallelism()) : 1;
  const tasks = Array.from({ length: step }, (_, index) => ({ seed, first: batch ?? index, batches, step }));
  await Promise.all(tasks.map((task) => runThread(task, take)));
  return { frames: done, ms: performance.now() - startedAt, counts, findings };
}

function runThread(task: WorkerTask, take: (report: WorkerReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./decoders.worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MB },
    });
    worker.on('message', take);
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))));
  });
}
