// The clients of one load process: opens them, has them publish, cut off and come back, and counts in the end.

import { addCounts, NO_COUNTS, type Counts } from '../measure/tally.ts';
import type { Burst, LoadCalls, Mark, OpenPlan, Returned, Settled } from './load-calls.ts';
import { LoadClient, type LoadContext } from './load-client.ts';
import { LoadCounters } from './load-counters.ts';
import { nowUs } from './payload.ts';
import { PROTOCOLS } from './protocols.ts';
import { Publishing } from './publishing.ts';
import { returnAll } from './returning.ts';

const CONNECTING_AT_ONCE = 64;
const POLL_MS = 50;
/**
 * Nothing new for so many looks: what has not come does not come. Counted in looks and not by the clock, since where this process
 * is kept waiting, so are the others.
 */
const QUIET_POLLS = 100;
const SETTLE_DEADLINE_MS = 120_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Load implements LoadCalls {
  readonly #counters = new LoadCounters();
  #clients: readonly LoadClient[] = [];
  #publishing: Publishing | null = null;

  async open(plan: OpenPlan): Promise<number> {
    const protocol = PROTOCOLS[plan.peer];
    if (protocol === undefined) throw new Error(`no protocol for ${plan.peer}`);
    const hasAcks = protocol.acks === 'always' || (protocol.acks === 'on-request' && plan.isAcknowledged === true);
    const context: LoadContext = { plan, protocol, hasAcks, counters: this.#counters };
    this.#clients = plan.clients.map((client) => new LoadClient(client, context));
    this.#publishing = new Publishing(
      this.#clients.filter((client) => client.plan.role === 'publisher'),
      context,
    );
    const startUs = nowUs();
    const waiting = this.#clients.values();
    const openers = Array.from({ length: CONNECTING_AT_ONCE }, async () => {
      for (const client of waiting) await client.connect();
    });
    await Promise.all(openers);
    return (nowUs() - startUs) / 1000;
  }

  async startPublishing(perPublisher: number): Promise<void> {
    this.#publishing!.start(perPublisher);
  }

  publishBurst(burst: Burst): Promise<number> {
    return this.#publishing!.burst(burst);
  }

  async mark(): Promise<Mark> {
    return this.#counters.mark();
  }

  async stopPublishing(): Promise<readonly number[]> {
    return this.#publishing!.stop();
  }

  async settle(published: readonly number[]): Promise<Settled> {
    const deadlineUs = nowUs() + SETTLE_DEADLINE_MS * 1000;
    const isComplete = (): boolean =>
      this.#clients.every(({ plan, tally, inFlight }) =>
        plan.role === 'publisher' ? inFlight === 0 : tally.distinct >= (published[plan.room] ?? 0),
      );
    let [progress, quietPolls] = [-1, 0];
    while (!isComplete() && nowUs() < deadlineUs) {
      const now = this.#counters.deliveries + this.#counters.acked;
      quietPolls = now === progress ? quietPolls + 1 : 0;
      progress = now;
      if (quietPolls >= QUIET_POLLS) break;
      await sleep(POLL_MS);
    }
    return this.#settled(published);
  }

  async cutMembers(): Promise<void> {
    for (const member of this.#members) member.cut();
    while (this.#members.some(({ isReady }) => isReady)) await sleep(10);
  }

  returnMembers(published: readonly number[]): Promise<Returned> {
    return returnAll(this.#members, published);
  }

  async setSlow(isPaused: boolean): Promise<void> {
    for (const member of this.#members) if (member.plan.isSlow === true) member.pause(isPaused);
  }

  get #members(): readonly LoadClient[] {
    return this.#clients.filter(({ plan }) => plan.role === 'member');
  }

  #settled(published: readonly number[]): Settled {
    const members = this.#members;
    const countsOf = (some: readonly LoadClient[]): Counts =>
      some.map(({ tally, plan }) => tally.counts(published[plan.room] ?? 0)).reduce(addCounts, NO_COUNTS);
    const sum = (of: (client: LoadClient) => number): number => this.#clients.reduce((all, one) => all + of(one), 0);
    const isSlow = ({ plan }: LoadClient): boolean => plan.isSlow === true;
    const cut = members.filter((member) => member.cuts > 0 && !isSlow(member));
    return {
      counts: countsOf(members.filter((member) => member.cuts === 0 && !isSlow(member))),
      cutCounts: countsOf(cut),
      slowCounts: countsOf(members.filter(isSlow)),
      cut: cut.length,
      toldWhole: sum(({ toldWhole }) => toldWhole),
      toldLoss: sum(({ toldLoss }) => toldLoss),
      strays: sum(({ strays }) => strays),
      unacked: sum(({ inFlight, unacked }) => inFlight + unacked),
      faults: this.#counters.faults,
      faultTexts: this.#counters.faultTexts,
    };
  }
}
