// A clock that moves only when a test says so. It fits the Clock ports of the server and of the SDK.
// Wall time and monotonic time are apart, so that a test can step the wall clock (`jump`) as NTP or a user does.

import { createRandom, type SeededRandom } from './seeded-random.ts';

interface Timer {
  readonly order: number;
  readonly dueAtMs: number;
  readonly callback: () => void;
}

export interface ManualClockOptions {
  /** Wall time at the start, in ms since 1970. @defaultValue 1_700_000_000_000 */
  startMs?: number;
  /** @defaultValue 1 */
  seed?: number;
}

/** Timers that fire one another without end stop the test instead of hanging it. */
const MAX_FIRED_IN_ONE_ADVANCE = 100_000;

export class ManualClock {
  #wallOffsetMs: number;
  #elapsedMs = 0;
  #nextOrder = 1;
  readonly #timers = new Map<number, Timer>();
  readonly #random: SeededRandom;

  constructor({ startMs = 1_700_000_000_000, seed = 1 }: ManualClockOptions = {}) {
    this.#wallOffsetMs = startMs;
    this.#random = createRandom(seed);
  }

  now(): number {
    return this.#wallOffsetMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  random(): number {
    return this.#random.random();
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const order = this.#nextOrder++;
    this.#timers.set(order, { order, dueAtMs: this.#elapsedMs + Math.max(0, delayMs), callback });
    return order;
  }

  clearTimeout(handle: unknown): void {
    if (typeof handle === 'number') this.#timers.delete(handle);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** How long until the next timer fires, or null when none is set. */
  get nextTimerInMs(): number | null {
    const next = this.#earliest();
    return next === undefined ? null : next.dueAtMs - this.#elapsedMs;
  }

  /** Moves both clocks on and fires what falls due, in order, including timers set on the way. */
  advance(byMs: number): void {
    const endsAtMs = this.#elapsedMs + byMs;
    for (let fired = 0; this.#fireNext(endsAtMs); fired += 1) this.#refuseEndless(fired);
    this.#elapsedMs = endsAtMs;
  }

  /** As `advance`, and lets promises settle before and after every timer. */
  async advanceAsync(byMs: number): Promise<void> {
    const endsAtMs = this.#elapsedMs + byMs;
    await settlePromises();
    for (let fired = 0; this.#fireNext(endsAtMs); fired += 1) {
      this.#refuseEndless(fired);
      await settlePromises();
    }
    this.#elapsedMs = endsAtMs;
  }

  /** Steps the wall clock only; no timer fires. */
  jump(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  #fireNext(notAfterMs: number): boolean {
    const timer = this.#earliest();
    if (timer === undefined || timer.dueAtMs > notAfterMs) return false;
    this.#timers.delete(timer.order);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueAtMs);
    timer.callback();
    return true;
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (earliest === undefined || timer.dueAtMs < earliest.dueAtMs) earliest = timer;
    }
    return earliest;
  }

  #refuseEndless(fired: number): void {
    if (fired >= MAX_FIRED_IN_ONE_ADVANCE) throw new Error('timers set one another without end');
  }
}

/** A macrotask: every promise reaction that is ready, and what it makes ready, has run after it. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
