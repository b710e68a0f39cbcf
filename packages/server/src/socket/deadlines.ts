/**
 * beside Hop 3/8 – many deadlines and one timer: a heap, the earliest on top. A timer for each connection costs more
 * memory than all else that its heartbeat needs, and wakes the process for itself alone.
 */
import type { Clock } from '../clock.ts';

/** Kept by whoever waits. The two numbers belong to `Deadlines`. */
export interface Deadline {
  dueAtMs: number;
  /** Where it stands in the heap; NOWHERE when it does not wait. */
  place: number;
  /** It waits no more; it may be set again, to a later time. */
  onDue(): void;
}

export const NOWHERE = -1;

export class Deadlines {
  readonly #clock: Clock;
  readonly #heap: Deadline[] = [];
  #timer: unknown = null;
  #firesAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** On the monotonic clock; replaces what was set before. */
  set(deadline: Deadline, dueAtMs: number): void {
    deadline.dueAtMs = dueAtMs;
    if (deadline.place === NOWHERE) deadline.place = this.#heap.push(deadline) - 1;
    this.#settle(deadline);
    this.#arm();
  }

  clear(deadline: Deadline): void {
    if (deadline.place === NOWHERE) return;
    this.#remove(deadline);
    // Else the timer is left running: it finds nothing due, and waits on.
    if (this.#heap.length === 0) this.#disarm();
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || (this.#timer !== null && this.#firesAtMs <= first.dueAtMs)) return;
    this.#disarm();
    this.#firesAtMs = first.dueAtMs;
    this.#timer = this.#clock.setTimeout(() => this.#fire(), Math.max(1, first.dueAtMs - this.#clock.monotonic()));
  }

  #disarm(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #fire(): void {
    this.#timer = null;
    const now = this.#clock.monotonic();
    try {
      // Bounded, whatever is set again meanwhile.
      for (let left = this.#heap.length; left > 0; left--) {
        const first = this.#heap[0];
        if (first === undefined || first.dueAtMs > now) break;
        this.#remove(first);
        first.onDue();
      }
    } finally {
      // One that throws ends none of the others.
      this.#arm();
    }
  }

  #remove(deadline: Deadline): void {
    const last = this.#heap.pop()!;
    if (last !== deadline) {
      last.place = deadline.place;
      this.#settle(last);
    }
    deadline.place = NOWHERE;
  }

  /** Puts it where its time belongs, from where it stands. */
  #settle(deadline: Deadline): void {
    const heap = this.#heap;
    const { dueAtMs } = deadline;
    let place = deadline.place;
    for (let above = (place - 1) >> 1; place > 0 && heap[above]!.dueAtMs > dueAtMs; above = (place - 1) >> 1) {
      this.#put(heap[above]!, place);
      place = above;
    }
    for (let below = this.#earlierBelow(place); below < heap.length; below = this.#earlierBelow(place)) {
      if (heap[below]!.dueAtMs >= dueAtMs) break;
      this.#put(heap[below]!, place);
      place = below;
    }
    this.#put(deadline, place);
  }

  #earlierBelow(place: number): number {
    const [left, right] = [2 * place + 1, 2 * place + 2];
    const isRight = right < this.#heap.length && this.#heap[right]!.dueAtMs < this.#heap[left]!.dueAtMs;
    return isRight ? right : left;
  }

  #put(deadline: Deadline, place: number): void {
    this.#heap[place] = deadline;
    deadline.place = place;
  }
}
