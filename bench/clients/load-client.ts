// A client of a run over all its connections: where it stands, what it has seen, what it has published. Everything that a message costs
// here is the same for every peer: a few digits read from its bytes, a comparison with the expected number, one addition to a histogram.

import { Tally } from '../measure/tally.ts';
import type { ClientProtocol } from './client-protocol.ts';
import { LightClient } from './light-client.ts';
import type { ClientPlan, OpenPlan } from './load-calls.ts';
import type { LoadCounters } from './load-counters.ts';
import { nowUs, numberOf, roomOf, timeOf, writePayload } from './payload.ts';

const READY_DEADLINE_MS = 120_000;
const RETURN_MS = { from: 50, to: 150 };

export interface LoadContext {
  readonly plan: OpenPlan;
  readonly protocol: ClientProtocol;
  readonly hasAcks: boolean;
  readonly counters: LoadCounters;
}

export class LoadClient {
  readonly plan: ClientPlan;
  readonly tally = new Tally();
  readonly #context: LoadContext;
  #line: LightClient | null = null;
  #endpoint: number;
  #isReady = false;
  #isEnding = false;
  /** Taken from the last connection when it was lost. */
  #cursor: unknown = undefined;
  #published = 0;
  #acked = 0;
  /** When each publish that waits for its acknowledgement was made. */
  readonly #sentUs: number[] = [];
  /** Publishes whose connection ended before their answer came. */
  unacked = 0;
  strays = 0;
  cuts = 0;
  toldWhole = 0;
  toldLoss = 0;
  /** Called after each acknowledgement. */
  onAcked: (() => void) | null = null;
  /** Called after each payload. */
  onDelivered: (() => void) | null = null;

  constructor(plan: ClientPlan, context: LoadContext) {
    this.plan = plan;
    this.#context = context;
    this.#endpoint = plan.endpoint;
  }

  get published(): number {
    return this.#published;
  }

  /** Publishes that wait for their answer. */
  get inFlight(): number {
    return this.#context.hasAcks ? this.#published - this.#acked : 0;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  publish(): void {
    const { plan, counters, hasAcks } = this.#context;
    const n = this.#published;
    const atUs = nowUs();
    this.#published += 1;
    counters.published += 1;
    if (hasAcks) this.#sentUs.push(atUs);
    this.#line!.publish(writePayload(this.plan.room, n, atUs, plan.payloadBytes), n);
  }

  /** Resolves when it is ready. `onOpened` is called when the socket is, which is earlier. */
  connect(onOpened: () => void = () => {}): Promise<void> {
    const { plan, protocol, counters } = this.#context;
    const { id, role, room } = this.plan;
    const spec = {
      id,
      role,
      room: `${plan.rooms}-${room}`,
      resume: this.#cursor,
      isResumable: plan.isResumable === true,
      isAcknowledged: plan.isAcknowledged === true,
      payloadBytes: plan.payloadBytes,
    };
    const endpoint = plan.endpoints[this.#endpoint % plan.endpoints.length]!;
    this.#isEnding = false;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${id} was not ready in time`)), READY_DEADLINE_MS);
      this.#line = new LightClient(endpoint, protocol, spec, {
        onOpened,
        onReady: () => {
          this.#isReady = true;
          clearTimeout(timer);
          resolve();
        },
        onPayload: (bytes, at) => this.#deliver(bytes, at),
        onAcked: (count) => this.#ack(count),
        onResumed: (isWhole) => (isWhole ? (this.toldWhole += 1) : (this.toldLoss += 1)),
        onFault: (what) => counters.fault(`${id}: ${what}`),
        onClosed: () => {
          clearTimeout(timer);
          const wasReady = this.#isReady;
          this.#isReady = false;
          if (wasReady) this.#lost();
          else reject(new Error(`${id} was closed before it was ready: ${counters.faultTexts.join('; ')}`));
        },
      });
    });
  }

  /** Ends the connection without a word; the next `connect` goes to the next instance. */
  cut(): void {
    this.#isEnding = true;
    this.#remember();
    this.#line?.cut();
  }

  pause(isPaused: boolean): void {
    if (isPaused) this.#line?.pause();
    else this.#line?.resume();
  }

  #remember(): void {
    this.cuts += 1;
    this.#endpoint += 1;
    if (this.#context.plan.isResumable === true) this.#cursor = this.#line?.cursor() ?? this.#cursor;
  }

  /** It was not us who ended the connection. */
  #lost(): void {
    if (this.#isEnding) return;
    this.#remember();
    // Whether these were stored, nobody will tell any more.
    this.unacked += this.inFlight;
    this.#acked = this.#published;
    this.#sentUs.length = 0;
    if (this.#context.plan.isReturning === true) this.#returnSoon();
    else this.#context.counters.fault(`${this.plan.id}: the connection was lost`);
  }

  #returnSoon(): void {
    const waitMs = RETURN_MS.from + Math.random() * (RETURN_MS.to - RETURN_MS.from);
    setTimeout(() => {
      if (this.#isEnding) return;
      this.connect().catch(() => {
        this.#endpoint += 1;
        this.#returnSoon();
      });
    }, waitMs);
  }

  #deliver(bytes: Buffer, at: number): void {
    const { counters } = this.#context;
    counters.deliveries += 1;
    if (roomOf(bytes, at) !== this.plan.room) {
      this.strays += 1;
      return;
    }
    this.tally.see(numberOf(bytes, at));
    if (this.plan.isSlow !== true) counters.latency.record(nowUs() - timeOf(bytes, at));
    this.onDelivered?.();
  }

  #ack(count: number): void {
    const { counters } = this.#context;
    const now = nowUs();
    this.#acked += count;
    counters.acked += count;
    for (const sentUs of this.#sentUs.splice(0, count)) counters.ackLatency.record(now - sentUs);
    this.onAcked?.();
  }
}
