/**
 * beside Hop 3/8 – sends something at least once an interval, and notices within two that the other side has fallen
 * silent (G7.5). At the level of frames, because a page cannot see WebSocket pings.
 */
import type { Clock } from '../clock.ts';

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** True while we ourselves do not read from the connection: its silence then says nothing. */
  isDeaf(): boolean;
  sendPing(): void;
  onSilent(): void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #sentAt: number;
  #receivedAt: number;
  #timer: unknown = null;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#sentAt = this.#receivedAt = options.clock.monotonic();
  }

  start(): void {
    this.#arm();
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  sent(): void {
    this.#sentAt = this.#options.clock.monotonic();
  }

  received(): void {
    this.#receivedAt = this.#options.clock.monotonic();
  }

  /** One timer that fires when something may be due; frames only note their time. */
  #arm(): void {
    const { clock, intervalMs } = this.#options;
    const now = clock.monotonic();
    const dueAt = Math.min(this.#sentAt + intervalMs, this.#receivedAt + 2 * intervalMs);
    this.#timer = clock.setTimeout(() => this.#check(), Math.max(1, dueAt - now));
  }

  #check(): void {
    const { clock, intervalMs, isDeaf, sendPing, onSilent } = this.#options;
    const now = clock.monotonic();
    if (isDeaf()) this.#receivedAt = now;
    if (now - this.#receivedAt >= 2 * intervalMs) return onSilent();
    if (now - this.#sentAt >= intervalMs) sendPing();
    this.#arm();
  }
}
