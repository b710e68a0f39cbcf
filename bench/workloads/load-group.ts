// The load of one measurement: one process that publishes and one or more that receive, driven as one.

import type { ClientPlan, Mark, OpenPlan, Settled } from '../clients/load-calls.ts';
import { LoadProcess } from '../clients/load-process.ts';
import { Histogram } from '../measure/histogram.ts';
import { addCounts, NO_COUNTS } from '../measure/tally.ts';

export interface GroupMark extends Omit<Mark, 'latency'> {
  readonly latency: Histogram;
}

export class LoadGroup {
  readonly #publishing = new LoadProcess();
  readonly #receiving: readonly LoadProcess[];

  constructor(receivers = 1) {
    this.#receiving = Array.from({ length: receivers }, () => new LoadProcess());
  }

  get pids(): readonly number[] {
    return this.#all.map(({ pid }) => pid);
  }

  get #all(): readonly LoadProcess[] {
    return [this.#publishing, ...this.#receiving];
  }

  /** Members first, so that no message goes by before they are there. Answers with the milliseconds that the members took. */
  async open(plan: Omit<OpenPlan, 'clients'>, clients: readonly ClientPlan[]): Promise<number> {
    const members = clients.filter(({ role }) => role === 'member');
    const shares = this.#receiving.map((_, i) => members.filter((__, index) => index % this.#receiving.length === i));
    const times = await Promise.all(this.#receiving.map((load, i) => load.open({ ...plan, clients: shares[i]! })));
    await this.#publishing.open({ ...plan, clients: clients.filter(({ role }) => role === 'publisher') });
    return Math.max(...times);
  }

  startPublishing(perPublisher: number): Promise<void> {
    return this.#publishing.startPublishing(perPublisher);
  }

  async mark(): Promise<GroupMark> {
    const marks = await Promise.all(this.#all.map((load) => load.mark()));
    const latency = new Histogram();
    for (const mark of marks) latency.merge(mark.latency);
    const sum = (of: (mark: Mark) => number): number => marks.reduce((all, mark) => all + of(mark), 0);
    return {
      deliveries: sum(({ deliveries }) => deliveries),
      published: sum(({ published }) => published),
      acked: sum(({ acked }) => acked),
      heldBack: sum(({ heldBack }) => heldBack),
      latency,
    };
  }

  /** Stops publishing, waits for what is on its way, and counts. */
  async finish(): Promise<Settled> {
    const published = await this.#publishing.stopPublishing();
    const settled = await Promise.all(this.#all.map((load) => load.settle(published)));
    const sum = (of: (one: Settled) => number): number => settled.reduce((all, one) => all + of(one), 0);
    return {
      ...settled.reduce(addCounts, NO_COUNTS),
      strays: sum(({ strays }) => strays),
      unacked: sum(({ unacked }) => unacked),
      faults: sum(({ faults }) => faults),
      faultTexts: settled.flatMap(({ faultTexts }) => faultTexts),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((load) => load.stop()));
  }
}
