/** Threads that run schedules, and the way to them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Delivery, Order } from './worker.ts';

export class SimulationThread {
  readonly #worker: Worker;

  constructor() {
    this.#worker = new Worker(new URL('worker.ts', import.meta.url), {
      execArgv: ['--conditions', '@holdline/source'],
      // Short-lived objects, many of them: seldom collections of a larger space cost least.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
  }

  /** One order at a time. Rejects when the thread fails. */
  async run(order: Order): Promise<Delivery> {
    this.#worker.postMessage(order);
    const [delivery] = (await once(this.#worker, 'message')) as [Delivery];
    return delivery;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
