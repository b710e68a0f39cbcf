/**
 * One direction of a connection: what goes in comes out in order, later. It can be held up (nothing comes out, everything
 * is kept, as in a half-open connection) and broken (nothing comes out any more, and nobody is told).
 */
import type { SeededRandom } from '@holdline/testkit';
import type { Owner, VirtualTime } from './virtual-time.ts';

export interface Pace {
  /** Every item takes at least this long, ms. */
  latencyMs: number;
  /** And up to this much more. */
  jitterMs: number;
  /** What is due comes out in one task, as frames of one segment do; else each in a task of its own. */
  isChunky: boolean;
}

interface Item {
  readonly dueAt: number;
  readonly arrive: () => void;
}

export class Pipe {
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #pace: Pace;
  readonly #receiver: Owner;
  #items: Item[] = [];
  #lastDueAt = 0;
  #isBroken = false;
  #isTicking = false;
  /** Reasons for which nothing comes out. */
  readonly #holds = new Set<string>();

  constructor(time: VirtualTime, random: SeededRandom, pace: Pace, receiver: Owner) {
    this.#time = time;
    this.#random = random;
    this.#pace = pace;
    this.#receiver = receiver;
  }

  send(arrive: () => void): void {
    if (this.#isBroken) return;
    const { latencyMs, jitterMs } = this.#pace;
    const delayMs = latencyMs + (jitterMs > 0 ? this.#random.below(jitterMs + 1) : 0);
    this.#lastDueAt = Math.max(this.#lastDueAt, this.#time.nowMs + delayMs);
    this.#items.push({ dueAt: this.#lastDueAt, arrive });
    this.#tick();
  }

  hold(reason: string): void {
    this.#holds.add(reason);
  }

  letGo(reason: string): void {
    if (this.#holds.delete(reason)) this.#tick();
  }

  /** What is on its way is lost, and so is everything that is sent from now on. */
  break(): void {
    this.#isBroken = true;
    this.#items = [];
  }

  #tick(): void {
    const next = this.#items[0];
    if (this.#isTicking || next === undefined || this.#holds.size > 0) return;
    this.#isTicking = true;
    this.#time.set(() => this.#comeOut(), next.dueAt - this.#time.nowMs, this.#receiver);
  }

  #comeOut(): void {
    this.#isTicking = false;
    while (this.#holds.size === 0) {
      const item = this.#items[0];
      if (item === undefined || item.dueAt > this.#time.nowMs) break;
      this.#items.shift();
      item.arrive();
      if (!this.#pace.isChunky) break;
    }
    this.#tick();
  }
}
