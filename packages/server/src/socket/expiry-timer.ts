/**
 * beside Hop 3/8 – fires when the wall clock reaches a moment, however far away, and however the clock is set
 * meanwhile.
 */
import type { Clock } from '../clock.ts';

/** Looked at again at least this often: timers cannot wait longer than 24 days, and wall clocks are corrected. */
const MAX_WAIT_MS = 60_000;

export class ExpiryTimer {
  readonly #clock: Clock;
  readonly #onExpired: () => void;
  #timer: unknown = null;

  constructor(clock: Clock, onExpired: () => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  /** Ms since 1970, or null for never. Replaces what was set before. */
  set(atMs: number | null): void {
    this.#clock.clearTimeout(this.#timer);
    if (atMs !== null) this.#wait(atMs);
  }

  #wait(atMs: number): void {
    const leftMs = Math.max(0, atMs - this.#clock.now());
    this.#timer = this.#clock.setTimeout(
      () => (this.#clock.now() >= atMs ? this.#onExpired() : this.#wait(atMs)),
      Math.min(leftMs, MAX_WAIT_MS),
    );
  }
}
