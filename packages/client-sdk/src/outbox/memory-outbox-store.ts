/**
 * Hop 1/8: outbox stores in memory, for tests and for processes with several clients: what IndexedDB, Web
 * Locks and a BroadcastChannel are to the tabs of a browser. Outside the core bundle.
 */
import type { OutboxRecord, OutboxStore } from './outbox-store.ts';

interface Waiter {
  readonly grant: () => void;
}

/** Each call of the result is the store of one client; all of them share their records, locks and news. */
export function memoryOutboxStores(): () => OutboxStore {
  const records = new Map<string, OutboxRecord>();
  const locks = new Map<string, Waiter[]>();
  const listeners = new Map<OutboxStore, (news: unknown) => void>();

  /** The first in the row holds the lock. */
  function leave(name: string, waiter: Waiter): void {
    const row = locks.get(name) ?? [];
    const wasFirst = row[0] === waiter;
    const rest = row.filter((each) => each !== waiter);
    if (rest.length > 0) locks.set(name, rest);
    else locks.delete(name);
    if (wasFirst) rest[0]?.grant();
  }

  return () => {
    const store: OutboxStore = {
      load() {
        const sorted = Array.from(records.values()).toSorted((a, b) => (a.key < b.key ? -1 : 1));
        return Promise.resolve(structuredClone(sorted));
      },
      write(written, gone) {
        for (const record of written) records.set(record.key, structuredClone(record));
        for (const key of gone) records.delete(key);
        return Promise.resolve();
      },
      lock(name, signal) {
        return new Promise((resolve, reject) => {
          const waiter: Waiter = { grant: resolve };
          const row = locks.get(name) ?? [];
          locks.set(name, [...row, waiter]);
          signal.addEventListener('abort', () => {
            leave(name, waiter);
            reject(signal.reason as Error);
          });
          if (row.length === 0) waiter.grant();
        });
      },
      announce(news) {
        const copy: unknown = structuredClone(news);
        for (const [other, listener] of listeners) if (other !== store) queueMicrotask(() => listener(copy));
      },
      onAnnounce(listener) {
        listeners.set(store, listener);
        return () => listeners.delete(store);
      },
    };
    return store;
  };
}
