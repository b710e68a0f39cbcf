/**
 * beside Hop 5/8 – the clock of Redis as this process last heard it, carried on by the monotonic clock of the
 * process.
 */

/** Half of the round trip is the error of a reading; a slower one than this tells nothing. */
const MAX_ROUND_TRIP_MS = 1000;

export class RedisClock {
  #offsetMs = Date.now() - performance.now();

  now(): number {
    return Math.round(performance.now() + this.#offsetMs);
  }

  /** @param reply - of TIME: seconds and microseconds as text */
  read(reply: unknown, askedAtMs: number): void {
    const arrivedAtMs = performance.now();
    const [seconds, micros] = Array.isArray(reply) ? (reply as unknown[]).map(Number) : [];
    const timeMs = (seconds ?? NaN) * 1000 + (micros ?? NaN) / 1000;
    if (!Number.isFinite(timeMs) || arrivedAtMs - askedAtMs > MAX_ROUND_TRIP_MS) return;
    this.#offsetMs = timeMs - (askedAtMs + arrivedAtMs) / 2;
  }
}
