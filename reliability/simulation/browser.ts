/**
 * What the pages of one user in one browser share: the records of the outbox, locks, and news. Everything takes a moment;
 * a page that has crashed reaches nothing any more, and its locks come free.
 */
import type { OutboxRecord, OutboxStore } from '@holdline/client';
import type { SeededRandom } from '@holdline/testkit';
import type { Owner, VirtualTime } from './virtual-time.ts';

interface Waiter {
  readonly page: Owner;
  grant(): void;
}

export type StoreFault = 'none' | 'slow' | 'refuses';

/** Longer than the SDK waits for its storage. */
const SLOW_MS = 6_000;

export class Browser {
  readonly user: string;
  readonly records = new Map<string, OutboxRecord>();
  fault: StoreFault = 'none';
  /** When the last of what was asked for slowly has come about. */
  settledAtMs = 0;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #locks = new Map<string, Waiter[]>();
  readonly #listeners = new Map<Owner, (news: unknown) => void>();

  constructor(user: string, time: VirtualTime, random: SeededRandom) {
    this.user = user;
    this.#time = time;
    this.#random = random;
  }

  /** Messages that nobody has settled. */
  get unsettled(): OutboxRecord[] {
    return [...this.records.values()].filter(({ outcome }) => outcome === undefined);
  }

  /** The store as one page sees it. */
  store(page: Owner): OutboxStore {
    return {
      load: () => this.#ask(page, () => this.#sorted()),
      write: (records, gone) =>
        this.#ask(page, () => {
          for (const record of records) this.records.set(record.key, record);
          for (const key of gone) this.records.delete(key);
        }),
      lock: (name, signal) => this.#lock(name, signal, page),
      announce: (news) => {
        for (const [other, hear] of this.#listeners) {
          if (other !== page && !page.isDead) this.#time.set(() => hear(news), this.#random.below(3), other);
        }
      },
      onAnnounce: (listener) => {
        this.#listeners.set(page, listener);
        return () => void this.#listeners.delete(page);
      },
    };
  }

  /** The page is gone from one moment to the next. */
  crashed(page: Owner): void {
    this.#listeners.delete(page);
    for (const name of this.#locks.keys()) this.#drop(name, (waiter) => waiter.page === page);
  }

  #ask<T>(page: Owner, run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const delayMs = this.fault === 'slow' ? SLOW_MS : this.#random.below(3);
      if (delayMs === SLOW_MS) this.settledAtMs = this.#time.nowMs + SLOW_MS;
      this.#time.set(
        () => {
          if (this.fault === 'refuses') reject(new Error('QuotaExceededError'));
          else resolve(run());
        },
        delayMs,
        page,
      );
    });
  }

  #sorted(): OutboxRecord[] {
    return [...this.records.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  #lock(name: string, signal: AbortSignal, page: Owner): Promise<void> {
    const waiters = this.#locks.get(name) ?? [];
    this.#locks.set(name, waiters);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { page, grant: () => void this.#time.set(resolve, 0, page) };
      waiters.push(waiter);
      if (waiters.length === 1) waiter.grant();
      const abort = (): void => {
        reject(new Error('aborted'));
        this.#drop(name, (other) => other === waiter);
      };
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort);
    });
  }

  #drop(name: string, isGone: (waiter: Waiter) => boolean): void {
    const waiters = this.#locks.get(name) ?? [];
    const rest = waiters.filter((waiter) => !isGone(waiter));
    if (rest.length > 0) this.#locks.set(name, rest);
    else this.#locks.delete(name);
    if (rest[0] !== undefined && rest[0] !== waiters[0]) rest[0].grant();
  }
}
