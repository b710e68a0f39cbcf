/**
 * Time and chance as a port, so that tests can hold both still. Wall time (`now`) is for what others
 * read, monotonic time for measuring how long something takes: it never jumps.
 */
export interface Clock {
  /** Ms since 1970. */
  now(): number;
  /** Ms since some moment in the past; never goes back. */
  monotonic(): number;
  /** In [0, 1). */
  random(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  /** Runs a task when what was ready to be read has been read. @defaultValue setImmediate */
  afterTurn?(task: () => void): void;
}

/** setTimeout fires at once for anything longer than this. */
const MAX_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(Math.max(0, delayMs), MAX_TIMER_MS)),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
};

/** Waits of one owner, cut short together when the owner ends. */
export class Waits {
  readonly #clock: Clock;
  /** Null while nobody waits: most owners never do. */
  #waiting: Map<unknown, () => void> | null = null;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves after `ms`, or with `end`; at once when that has been. */
  sleep(ms: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => {
        this.#waiting?.delete(timer);
        resolve();
      }, ms);
      this.#waiting ??= new Map();
      this.#waiting.set(timer, resolve);
    });
  }

  /** Leaves no timer behind. */
  end(): void {
    this.#isOver = true;
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const [timer, resolve] of waiting) {
      this.#clock.clearTimeout(timer);
      resolve();
    }
  }
}

export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Wait before try number `attempt` (from 1): doubling, at most the cap, the upper half of it random. */
export function backoffMs({ baseMs, capMs }: Backoff, attempt: number, random: number): number {
  const full = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + (full / 2) * random;
}

/** Settles as `work` does, or rejects with `onTimeout()` when that takes longer than `ms`. */
export function withDeadline<T>(clock: Clock, ms: number, work: Promise<T>, onTimeout: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(onTimeout()), ms);
    work.then(resolve, reject).finally(() => clock.clearTimeout(timer));
  });
}

/** Resolves when `work` does, at the latest after `ms`. Leaves no timer behind. */
export async function atMost(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  let timer: unknown;
  const timeout = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, ms);
  });
  await Promise.race([work, timeout]);
  clock.clearTimeout(timer);
}
