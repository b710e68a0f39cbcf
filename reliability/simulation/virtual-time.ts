/**
 * Time that passes only when everything is done that was to happen until then. Each timer is a task of its own, as in
 * a browser: between two of them every promise reaction that is ready has run.
 *
 * Many tasks run in one turn of the real event loop. Between two of them Node does what it does between two of its own
 * callbacks, at a quarter of the cost of an immediate for each.
 */

/** Whoever sets timers: a page, a server, or the world around them. What is dead is not run any more. */
export interface Owner {
  readonly name: string;
  isDead: boolean;
  /** Asleep until then: what falls due meanwhile runs late, in order. */
  sleepsUntil: number;
}

export interface Timer {
  at: number;
  order: number;
  run: (() => void) | null;
  owner: Owner;
}

/** Then the event loop has its turn: it hands over messages, and lets V8 tidy up. */
const STEPS_OF_A_TURN = 1_024;
/** Timers that set one another without end are a finding, not a reason to hang. */
const MAX_STEPS = 400_000;

// Taken before any of them is replaced.
const later = setImmediate;
/** Runs everything that `nextTick` and promises have ready, and reports rejections that nobody handles. Marked as deprecated since Node 14. */
const settle = (process as unknown as { readonly _tickCallback: () => void })._tickCallback;

export const createOwner = (name: string): Owner => ({ name, isDead: false, sleepsUntil: 0 });

export const WORLD: Owner = createOwner('world');

export class VirtualTime {
  /** Ms since the start of the schedule. */
  nowMs = 0;
  /** Tasks run since the start of the schedule. */
  steps = 0;
  /** Whose task runs now, and so who owns the timers that it sets. */
  owner: Owner = WORLD;
  /** A digest of what happened so far; two runs of one seed have the same. */
  digest = 0;
  #heap: Timer[] = [];
  #order = 0;
  #isRunning = false;
  #until = 0;
  #finish: (() => void) | null = null;

  /** Forgets all timers and begins anew. */
  reset(): void {
    this.nowMs = 0;
    this.steps = 0;
    this.owner = WORLD;
    this.digest = 0;
    this.#heap = [];
    this.#order = 0;
  }

  /** Whole ms, at least 0; tasks of the same ms run in the order in which they were set. */
  set(run: () => void, delayMs: number, owner: Owner = this.owner): Timer {
    const at = this.nowMs + (delayMs > 0 ? Math.trunc(delayMs) : 0);
    const timer: Timer = { at, order: this.#order++, run, owner };
    this.#push(timer);
    return timer;
  }

  clear(timer: Timer | null | undefined): void {
    if (timer) timer.run = null;
  }

  /** Lets this much time pass. */
  advance(ms: number): Promise<void> {
    this.#until = this.nowMs + ms;
    return new Promise((resolve) => {
      this.#finish = resolve;
      if (!this.#isRunning) later(this.#runSteps);
    });
  }

  note(...numbers: readonly number[]): void {
    let digest = this.digest;
    for (const number of numbers) digest = Math.imul(digest ^ number, 0x01000193) ^ (digest >>> 15);
    this.digest = digest | 0;
  }

  /** Timers that are set, of owners that live. */
  get pending(): readonly Timer[] {
    return this.#heap.filter(({ run, owner }) => run !== null && !owner.isDead);
  }

  readonly #runSteps = (): void => {
    this.#isRunning = true;
    for (let i = 0; i < STEPS_OF_A_TURN && this.#finish !== null; i += 1) {
      if (!this.#runNext()) this.#finished();
      // Whoever waits for the end may go on from here, and let more time pass.
      settle();
    }
    this.#isRunning = this.#finish !== null;
    if (this.#isRunning) later(this.#runSteps);
  };

  #finished(): void {
    const finish = this.#finish;
    this.nowMs = this.#until;
    this.owner = WORLD;
    this.#finish = null;
    finish?.();
  }

  #runNext(): boolean {
    for (;;) {
      const timer = this.#heap[0];
      if (timer === undefined || timer.at > this.#until) return false;
      this.#pop();
      const { run, owner } = timer;
      if (run === null || owner.isDead) continue;
      if (owner.sleepsUntil > timer.at) {
        timer.at = owner.sleepsUntil;
        timer.order = this.#order++;
        this.#push(timer);
        continue;
      }
      if (this.steps >= MAX_STEPS) throw new Error('timers set one another without end');
      this.steps += 1;
      this.nowMs = timer.at;
      this.owner = owner;
      timer.run = null;
      run();
      return true;
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Timer;
      if (!isBefore(timer, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Timer, heap[below] as Timer)) below += 1;
      const child = heap[below] as Timer;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
