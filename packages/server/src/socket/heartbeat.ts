/**
 * beside Hop 3/8 – sends something at least once an interval, and notices within two that the other side has fallen
 * silent (G7.5). At the level of frames, because a page cannot see WebSocket pings.
 */
import type { Clock } from '../clock.ts';

export interface HeartbeatOwner {
  /** True while we ourselves do not read from the connection: its silence then says nothing. */
  readonly isDeaf: boolean;
  sendPing(): void;
  onSilent(): void;
}

export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #owner: HeartbeatOwner;
  #sentAt: number;
  #receivedAt: number;
  #timer: unknown = null;

  constructor(clock: Clock, intervalMs: number, owner: HeartbeatOwner) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#owner = owner;
    this.#sentAt = this.#receivedAt = clock.monotonic();
  }

  start(): void {
    this.#arm();
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  sent(): void {
    this.#sentAt = this.#clock.monotonic();
  }

  received(): void {
    this.#receivedAt = this.#clock.monotonic();
  }

  /** One timer that fires when something may be due; frames only note their time. */
  #arm(): void {
    const now = this.#clock.monotonic();
    const dueAt = Math.min(this.#sentAt + this.#intervalMs, this.#receivedAt + 2 * this.#intervalMs);
    this.#timer = this.#clock.setTimeout(() => this.#check(), Math.max(1, dueAt - now));
  }

  #check(): void {
    const now = this.#clock.monotonic();
    if (this.#owner.isDeaf) this.#receivedAt = now;
    if (now - this.#receivedAt >= 2 * this.#intervalMs) return this.#owner.onSilent();
    if (now - this.#sentAt >= this.#intervalMs) this.#owner.sendPing();
    this.#arm();
  }
}
