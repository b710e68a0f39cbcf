/**
 * beside Hop 3/8 – sends something at least once an interval, and notices within two that the other side has fallen
 * silent (G7.5). At the level of frames, because a page cannot see WebSocket pings. All connections share one timer.
 */
import type { Clock } from '../clock.ts';
import { Deadlines, NOWHERE, type Deadline } from './deadlines.ts';

export interface HeartbeatOwner {
  /** True while we ourselves do not read from the connection: its silence then says nothing. */
  readonly isDeaf: boolean;
  sendPing(): void;
  onSilent(): void;
}

/** Pings go at whole multiples of this, early rather than late: those of many connections in one turn. */
const STEP_MS = 50;
/** … or of this part of an interval, where that is less. */
const STEP_SHARE = 0.01;

/** What the heartbeats of an instance share. */
export class Heartbeats {
  readonly intervalMs: number;
  readonly stepMs: number;
  readonly deadlines: Deadlines;
  readonly #clock: Clock;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.intervalMs = intervalMs;
    this.stepMs = Math.max(1, Math.min(STEP_MS, Math.floor(intervalMs * STEP_SHARE)));
    this.deadlines = new Deadlines(clock);
  }

  /** In whole ms: those need no memory of their own beside the object that holds them. */
  now(): number {
    return Math.floor(this.#clock.monotonic());
  }
}

export class Heartbeat implements Deadline {
  dueAtMs = 0;
  place = NOWHERE;
  readonly #shared: Heartbeats;
  readonly #owner: HeartbeatOwner;
  #sentAt: number;
  #receivedAt: number;

  constructor(shared: Heartbeats, owner: HeartbeatOwner) {
    this.#shared = shared;
    this.#owner = owner;
    this.#sentAt = this.#receivedAt = shared.now();
  }

  start(): void {
    this.#arm();
  }

  stop(): void {
    this.#shared.deadlines.clear(this);
  }

  sent(): void {
    this.#sentAt = this.#shared.now();
  }

  received(): void {
    this.#receivedAt = this.#shared.now();
  }

  /** Set when something may be due; frames only note their time. */
  #arm(): void {
    const { deadlines, intervalMs, stepMs } = this.#shared;
    const pingAt = this.#sentAt + intervalMs;
    deadlines.set(this, Math.min(pingAt - (pingAt % stepMs), this.#receivedAt + 2 * intervalMs));
  }

  onDue(): void {
    const { intervalMs, stepMs } = this.#shared;
    const now = this.#shared.now();
    if (this.#owner.isDeaf) this.#receivedAt = now;
    if (now - this.#receivedAt >= 2 * intervalMs) return this.#owner.onSilent();
    if (now - this.#sentAt > intervalMs - stepMs) this.#owner.sendPing();
    this.#arm();
  }
}
