/**
 * An outbox store in memory that several pages share, with locks and news between them: plays reload, crash and two
 * tabs. A page that has crashed reaches nothing any more, and its locks come free.
 */
import type { OutboxRecord, OutboxStore } from '../outbox/outbox-store.ts';

interface Waiter {
  readonly page: object;
  readonly grant: () => void;
}

export class SharedOutbox {
  readonly records = new Map<string, OutboxRecord>();
  /** While true, writes wait. */
  isSlow = false;
  /** While true, no page hears the news of another. */
  isSilent = false;
  /** Requests for locks are on their way until this resolves. */
  lockDelay: Promise<void> | undefined;
  /** What pages told each other, in order. */
  readonly news: unknown[] = [];
  /** When set, every access fails with it. */
  failure: Error | undefined;
  readonly #locks = new Map<string, Waiter[]>();
  readonly #listeners = new Map<object, (news: unknown) => void>();
  #slow: (() => void)[] = [];

  /** Frames in the order of their keys, without those that only wait for somebody to read their outcome. */
  get kept(): string[] {
    return this.#sorted().flatMap(({ frame, outcome }) => (outcome ? [] : [frame.messageId as string]));
  }

  get held(): string[] {
    return [...this.#locks].flatMap(([name, waiters]) => (waiters.length > 0 ? [name] : []));
  }

  /** Requests for locks that somebody else holds. */
  get waiting(): number {
    return [...this.#locks.values()].reduce((sum, { length }) => sum + Math.max(0, length - 1), 0);
  }

  /** Lets the waiting writes through. */
  release(): void {
    this.isSlow = false;
    for (const go of this.#slow.splice(0)) go();
  }

  /** The store as one page sees it. */
  page(isDead: () => boolean = () => false): OutboxStore & { crash(): void } {
    const page = {};
    const never = new Promise<never>(() => undefined);
    const ask = async <T>(run: () => T): Promise<T> => {
      await Promise.resolve();
      if (isDead()) return never;
      if (this.failure) throw this.failure;
      return run();
    };
    return {
      load: () => ask(() => structuredClone(this.#sorted())),
      write: async (records, gone) => {
        if (this.isSlow) await new Promise<void>((resolve) => this.#slow.push(resolve));
        await ask(() => {
          for (const record of structuredClone(records)) this.records.set(record.key, record);
          for (const key of gone) this.records.delete(key);
        });
      },
      lock: (name, signal) => {
        const ask = (): Promise<void> => (isDead() ? never : this.#lock(name, signal, page));
        return this.lockDelay?.then(ask) ?? ask();
      },
      announce: (news) => {
        if (isDead() || this.isSilent) return;
        const copy = structuredClone(news);
        this.news.push(copy);
        for (const [other, hear] of this.#listeners) if (other !== page) queueMicrotask(() => hear(copy));
      },
      onAnnounce: (listener) => {
        this.#listeners.set(page, (news) => {
          if (!isDead()) listener(news);
        });
        return () => void this.#listeners.delete(page);
      },
      crash: () => {
        this.#listeners.delete(page);
        // The youngest first: browsers promise no order.
        for (const name of [...this.#locks.keys()].toReversed()) this.#drop(name, (waiter) => waiter.page === page);
      },
    };
  }

  #sorted(): OutboxRecord[] {
    return [...this.records.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  #lock(name: string, signal: AbortSignal, page: object): Promise<void> {
    const waiters = this.#locks.get(name) ?? [];
    this.#locks.set(name, waiters);
    return new Promise((resolve, reject) => {
      const waiter = { page, grant: resolve };
      waiters.push(waiter);
      if (waiters.length === 1) resolve();
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
    this.#locks.set(name, rest);
    if (rest[0] && rest[0] !== waiters[0]) rest[0].grant();
  }
}
