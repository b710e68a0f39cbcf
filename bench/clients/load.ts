// The clients of one load process and what they have counted. Everything that a message costs here is the same for every peer: a few digits
// read from its bytes, a comparison with the expected number, one addition to a histogram.

import { Histogram } from '../measure/histogram.ts';
import { addCounts, NO_COUNTS } from '../measure/tally.ts';
import type { ClientProtocol } from './client-protocol.ts';
import { LightClient } from './light-client.ts';
import type { LoadCalls, Mark, OpenPlan, Settled } from './load-calls.ts';
import { LoadClient } from './load-client.ts';
import { Pacer } from './pacer.ts';
import { nowUs, numberOf, roomOf, timeOf, writePayload } from './payload.ts';
import { PROTOCOLS } from './protocols.ts';

const CONNECTING_AT_ONCE = 64;
const OPEN_DEADLINE_MS = 120_000;
/** Below the limit of every peer that has one. */
const MAX_IN_FLIGHT = 200;
const POLL_MS = 50;
/** Nothing new for so long: what has not come does not come. */
const QUIET_MS = 1500;
const SETTLE_DEADLINE_MS = 30_000;
const MAX_FAULT_TEXTS = 5;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Load implements LoadCalls {
  #plan: OpenPlan | null = null;
  #protocol: ClientProtocol | null = null;
  #clients: LoadClient[] = [];
  #pacer: Pacer | null = null;
  readonly #latency = new Histogram();
  #deliveries = 0;
  #acked = 0;
  #published = 0;
  #heldBack = 0;
  #faults = 0;
  #faultTexts: string[] = [];

  async open(plan: OpenPlan): Promise<number> {
    this.#plan = plan;
    this.#protocol = PROTOCOLS[plan.peer] ?? null;
    if (this.#protocol === null) throw new Error(`no protocol for ${plan.peer}`);
    this.#clients = plan.clients.map((client) => new LoadClient(client));
    const startUs = nowUs();
    const waiting = this.#clients.values();
    const workers = Array.from({ length: CONNECTING_AT_ONCE }, async () => {
      for (const client of waiting) await this.#connect(client);
    });
    await Promise.all(workers);
    return (nowUs() - startUs) / 1000;
  }

  startPublishing(perPublisher: number): Promise<void> {
    const publishers = this.#clients.filter(({ plan }) => plan.role === 'publisher');
    if (publishers.length === 0) return Promise.resolve();
    let turn = 0;
    this.#pacer = new Pacer(perPublisher * publishers.length, () => {
      this.#publish(publishers[turn]!);
      turn = (turn + 1) % publishers.length;
    });
    return Promise.resolve();
  }

  mark(): Promise<Mark> {
    const mark = {
      deliveries: this.#deliveries,
      published: this.#published,
      acked: this.#acked,
      heldBack: this.#heldBack,
      latency: this.#latency.toData(),
    };
    this.#deliveries = this.#published = this.#acked = this.#heldBack = 0;
    this.#latency.clear();
    return Promise.resolve(mark);
  }

  stopPublishing(): Promise<readonly number[]> {
    this.#pacer?.stop();
    this.#pacer = null;
    const published: number[] = [];
    for (const { plan, published: count } of this.#clients) published[plan.room] = (published[plan.room] ?? 0) + count;
    return Promise.resolve(Array.from(published, (count) => count ?? 0));
  }

  async settle(published: readonly number[]): Promise<Settled> {
    const deadlineUs = nowUs() + SETTLE_DEADLINE_MS * 1000;
    let [progress, sinceUs] = [-1, nowUs()];
    while (!this.#isComplete(published) && nowUs() < deadlineUs) {
      const now = this.#deliveries + this.#acked;
      if (now !== progress) [progress, sinceUs] = [now, nowUs()];
      else if (nowUs() - sinceUs > QUIET_MS * 1000) break;
      await sleep(POLL_MS);
    }
    return this.#settled(published);
  }

  close(): Promise<void> {
    for (const client of this.#clients) client.line?.cut();
    this.#clients = [];
    return Promise.resolve();
  }

  #settled(published: readonly number[]): Settled {
    const members = this.#clients.filter(({ plan }) => plan.role === 'member');
    const counts = members
      .map(({ tally, plan }) => tally.counts(published[plan.room] ?? 0))
      .reduce(addCounts, NO_COUNTS);
    const sum = (of: (client: LoadClient) => number): number => this.#clients.reduce((all, one) => all + of(one), 0);
    return {
      ...counts,
      strays: sum(({ strays }) => strays),
      unacked: this.#protocol!.hasAcks ? sum(({ inFlight }) => inFlight) : 0,
      faults: this.#faults,
      faultTexts: this.#faultTexts,
    };
  }

  #isComplete(published: readonly number[]): boolean {
    return this.#clients.every((client) => {
      const { plan, tally } = client;
      if (plan.role === 'publisher') return !this.#protocol!.hasAcks || client.inFlight === 0;
      return tally.distinct >= (published[plan.room] ?? 0);
    });
  }

  #publish(client: LoadClient): void {
    const { hasAcks } = this.#protocol!;
    if (!client.isReady || (hasAcks && client.inFlight >= MAX_IN_FLIGHT)) {
      this.#heldBack += 1;
      return;
    }
    const n = client.published;
    client.published += 1;
    this.#published += 1;
    client.line!.publish(writePayload(client.plan.room, n, nowUs(), this.#plan!.payloadBytes), n);
  }

  #connect(client: LoadClient): Promise<void> {
    const { rooms, payloadBytes, isResumable } = this.#plan!;
    const { id, role, room, endpoint } = client.plan;
    const spec = { id, role, room: `${rooms}-${room}`, resume: client.cursor, isResumable, payloadBytes };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${id} was not ready in time`)), OPEN_DEADLINE_MS);
      client.line = new LightClient(endpoint, this.#protocol!, spec, {
        onReady: () => {
          client.isReady = true;
          clearTimeout(timer);
          resolve();
        },
        onPayload: (bytes, at) => this.#deliver(client, bytes, at),
        onAcked: (count) => {
          client.acked += count;
          this.#acked += count;
        },
        onResumed: () => {},
        onFault: (what) => this.#fault(`${id}: ${what}`),
        onClosed: () => {
          clearTimeout(timer);
          if (!client.isReady)
            reject(new Error(`${id} was closed before it was ready: ${this.#faultTexts.join('; ')}`));
          client.isReady = false;
        },
      });
    });
  }

  #deliver(client: LoadClient, bytes: Buffer, at: number): void {
    this.#deliveries += 1;
    if (roomOf(bytes, at) !== client.plan.room) {
      client.strays += 1;
      return;
    }
    client.tally.see(numberOf(bytes, at));
    this.#latency.record(nowUs() - timeOf(bytes, at));
  }

  #fault(what: string): void {
    this.#faults += 1;
    if (this.#faultTexts.length < MAX_FAULT_TEXTS) this.#faultTexts.push(what.slice(0, 300));
  }
}
