// How the publishers of a load process send: at a steady rate, or in bursts as fast as acknowledgements come.

import type { Burst } from './load-calls.ts';
import type { LoadClient, LoadContext } from './load-client.ts';
import { Pacer } from './pacer.ts';
import { nowUs } from './payload.ts';

/** At a steady rate; below the limit of every peer that has one. */
const MAX_IN_FLIGHT = 200;
const BURST_DEADLINE_MS = 120_000;

export class Publishing {
  readonly #publishers: readonly LoadClient[];
  readonly #context: LoadContext;
  #pacer: Pacer | null = null;

  constructor(publishers: readonly LoadClient[], context: LoadContext) {
    this.#publishers = publishers;
    this.#context = context;
  }

  start(perPublisher: number): void {
    if (this.#publishers.length === 0) return;
    let turn = 0;
    this.#pacer = new Pacer(perPublisher * this.#publishers.length, () => {
      const publisher = this.#publishers[turn]!;
      turn = (turn + 1) % this.#publishers.length;
      if (publisher.isReady && publisher.inFlight < MAX_IN_FLIGHT) publisher.publish();
      else this.#context.counters.heldBack += 1;
    });
  }

  /** Answers with how many were published in each room, by index. */
  stop(): readonly number[] {
    this.#pacer?.stop();
    this.#pacer = null;
    const published: number[] = [];
    for (const { plan, published: count } of this.#publishers)
      published[plan.room] = (published[plan.room] ?? 0) + count;
    return Array.from(published, (count) => count ?? 0);
  }

  async burst(burst: Burst): Promise<number> {
    const startUs = nowUs();
    const send = this.#context.hasAcks ? burstByAcks : burstByPace;
    await Promise.all(this.#publishers.map((publisher) => send(publisher, burst)));
    return (nowUs() - startUs) / 1000;
  }
}

function burstByAcks(publisher: LoadClient, { count, window }: Burst): Promise<void> {
  const end = publisher.published + count;
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      publisher.onAcked = null;
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`${publisher.plan.id}: ${publisher.inFlight} publishes were not acknowledged`));
    }, BURST_DEADLINE_MS);
    const pump = (): void => {
      while (publisher.published < end && publisher.inFlight < window) publisher.publish();
      if (publisher.published < end || publisher.inFlight > 0) return;
      finish();
      resolve();
    };
    publisher.onAcked = pump;
    pump();
  });
}

function burstByPace(publisher: LoadClient, { count, perSecond }: Burst): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const pacer = new Pacer(perSecond, () => {
      if (left > 0) publisher.publish();
      left -= 1;
      if (left > 0) return;
      // The pacer is being made, or in its turn: it can be stopped after that.
      queueMicrotask(() => pacer.stop());
      if (left === 0) resolve();
    });
  });
}
