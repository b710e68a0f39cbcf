// The load of one measurement: one process that publishes and one or more that receive, driven as one.

import type { Burst, ClientPlan, Mark, OpenPlan, Returned, Settled } from '../clients/load-calls.ts';
import { LoadProcess } from '../clients/load-process.ts';
import { Histogram } from '../measure/histogram.ts';
import { addCounts, NO_COUNTS, type Counts } from '../measure/tally.ts';

export interface GroupMark extends Omit<Mark, 'latency' | 'ackLatency'> {
  readonly latency: Histogram;
  readonly ackLatency: Histogram;
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
    const ackLatency = new Histogram();
    for (const mark of marks) {
      latency.merge(mark.latency);
      ackLatency.merge(mark.ackLatency);
    }
    const sum = (of: (mark: Mark) => number): number => marks.reduce((all, mark) => all + of(mark), 0);
    return {
      deliveries: sum(({ deliveries }) => deliveries),
      published: sum(({ published }) => published),
      acked: sum(({ acked }) => acked),
      heldBack: sum(({ heldBack }) => heldBack),
      latency,
      ackLatency,
    };
  }

  /** Answers with how many were published in each room so far. */
  stopPublishing(): Promise<readonly number[]> {
    return this.#publishing.stopPublishing();
  }

  publishBurst(burst: Burst): Promise<number> {
    return this.#publishing.publishBurst(burst);
  }

  async cutMembers(): Promise<void> {
    await Promise.all(this.#receiving.map((load) => load.cutMembers()));
  }

  async returnMembers(published: readonly number[]): Promise<Returned> {
    const all = await Promise.all(this.#receiving.map((load) => load.returnMembers(published)));
    return {
      connectedMs: Math.max(...all.map(({ connectedMs }) => connectedMs)),
      caughtUpMs: Math.max(...all.map(({ caughtUpMs }) => caughtUpMs)),
      caughtUp: all.reduce((sum, { caughtUp }) => sum + caughtUp, 0),
    };
  }

  async setSlow(isPaused: boolean): Promise<void> {
    await Promise.all(this.#receiving.map((load) => load.setSlow(isPaused)));
  }

  /** Stops publishing, waits for what is on its way, and counts. */
  async finish(): Promise<Settled> {
    return this.settle(await this.stopPublishing());
  }

  /** Waits for what is on its way, and counts. */
  async settle(published: readonly number[]): Promise<Settled> {
    const settled = await Promise.all(this.#all.map((load) => load.settle(published)));
    const sum = (of: (one: Settled) => number): number => settled.reduce((all, one) => all + of(one), 0);
    const counts = (of: (one: Settled) => Counts): Counts => settled.map(of).reduce(addCounts, NO_COUNTS);
    return {
      counts: counts((one) => one.counts),
      cutCounts: counts(({ cutCounts }) => cutCounts),
      slowCounts: counts(({ slowCounts }) => slowCounts),
      cut: sum(({ cut }) => cut),
      toldWhole: sum(({ toldWhole }) => toldWhole),
      toldLoss: sum(({ toldLoss }) => toldLoss),
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
