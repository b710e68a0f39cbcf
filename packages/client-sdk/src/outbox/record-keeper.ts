/**
 * Hop 1/8: the outbox's hands on its store. Writes in order and in groups: what comes while one write is
 * under way goes together in the next. Holds the lock of its own producer, and waits for those of others: the wait ends
 * when their page is gone, and what it left is ours to send. Serves G2.5, G2.6.
 *
 * A store that fails or gives no answer is given up for the life of the page; the outbox goes on in memory.
 */
import { STORE_DEADLINE_MS } from '../bounds.ts';
import { HoldlineError } from '../errors.ts';
import type { OutboxRecord, OutboxStore } from './outbox-store.ts';

/** Keeps nothing: the outbox itself is the memory. */
export const NOWHERE: OutboxStore = {
  load: () => Promise.resolve([]),
  write: () => Promise.resolve(),
};

export interface KeeperHooks {
  /** These are written, or removed; all of them, when the store is given up. */
  saved(keys?: readonly string[]): void;
  /** What a producer left, whose lock is held now. */
  claimed(records: readonly OutboxRecord[]): void;
}

/** Who tells the application that the outbox goes on in memory. */
export interface DegradeHooks {
  emit(event: 'storage-degraded', error: HoldlineError): unknown;
}

export class RecordKeeper {
  #store: OutboxStore;
  readonly #client: DegradeHooks;
  readonly #hooks: KeeperHooks;
  #writing: Promise<void> | undefined;
  #waiting = new Map<string, OutboxRecord | undefined>();
  /** Producers whose lock is held or waited for, our own included. */
  readonly #claims = new Set<string>();
  /** Settles with the lock of our own producer: the store is asked nothing before. */
  #own: Promise<void> | undefined;
  #life = new AbortController();

  constructor(store: OutboxStore, hooks: KeeperHooks, client: DegradeHooks) {
    this.#client = client;
    this.#store = store;
    this.#hooks = hooks;
  }

  /** Absent: nobody shares the store. */
  get lock(): OutboxStore['lock'] {
    return this.#store.lock;
  }

  /** Writes the record under its key, or removes it. The last word on a key counts. */
  write(key: string, record?: OutboxRecord): void {
    this.#waiting.set(key, record);
    this.#writing ??= this.#write();
  }

  /** What the store holds once everything asked for so far is written; nothing when it is broken. */
  async load(): Promise<OutboxRecord[]> {
    await this.#writing;
    return (await this.#attempt(() => this.#store.load())) ?? [];
  }

  /** Asks for the lock of our own producer: whoever saw a record before it is held would take this page for gone. */
  hold(producer: string): Promise<void> {
    return (this.#own = this.#lock(producer));
  }

  /** Waits for the lock of another producer, and reads what it left. */
  async claim(producer: string): Promise<void> {
    if (this.#claims.has(producer)) return;
    const life = this.#life;
    await this.#lock(producer);
    const records = await this.load();
    // A page that has gone to sleep meanwhile takes nothing: its locks go as soon as its last write is done.
    if (life === this.#life) this.#hooks.claimed(records.filter((record) => record.producer === producer));
  }

  /** Resolves when the lock is held, or nobody needs it any more. */
  async #lock(producer: string): Promise<void> {
    const { signal } = this.#life;
    this.#claims.add(producer);
    try {
      await this.#store.lock?.(`holdline/${producer}`, signal);
    } catch (cause) {
      if (!signal.aborted) this.#degrade(cause);
    }
  }

  /** Lets go of every lock: the page is going, or sleeps. */
  async release(): Promise<void> {
    const life = this.#life;
    this.#life = new AbortController();
    this.#claims.clear();
    this.#own = undefined;
    await this.#writing;
    life.abort();
  }

  /** Asks the store, and gives it up when it fails or does not answer in time, the wait for our lock included. */
  #attempt<T>(ask: () => Promise<T>): Promise<T | undefined> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(reject, STORE_DEADLINE_MS);
      // In a promise, so that what a store throws at once is a failure like any other.
      void Promise.resolve(this.#own)
        .then(ask)
        .then(resolve, reject)
        .then(() => clearTimeout(timer));
    }).catch((cause) => this.#degrade(cause) as undefined);
  }

  #degrade(cause: unknown): void {
    if (this.#store === NOWHERE) return;
    this.#store = NOWHERE;
    // It may never come, and nothing waits for it any more.
    this.#own = undefined;
    void this.#client.emit('storage-degraded', new HoldlineError('storage_failed', { cause }));
    this.#hooks.saved();
  }

  async #write(): Promise<void> {
    while (this.#waiting.size) {
      const keys = [...this.#waiting.keys()];
      const records = [...this.#waiting.values()].filter((record) => !!record);
      const gone = keys.filter((key) => !this.#waiting.get(key));
      this.#waiting.clear();
      await this.#attempt(() => this.#store.write(records, gone));
      this.#hooks.saved(keys);
    }
    this.#writing = undefined;
  }
}
