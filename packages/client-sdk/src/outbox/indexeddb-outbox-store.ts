/**
 * Hop 1/8: the outbox in IndexedDB, shared by the tabs of an origin: one database, one key an item, a Web
 * Lock for each producer, and a channel for the news.
 */
import { createStore, promisifyRequest, type UseStore } from 'idb-keyval';
import type { OutboxRecord, OutboxStore } from './outbox-store.ts';

/** The name of the database and of the channel. */
const NAME = 'holdline';

/** Resolves when the lock is held, which is until the signal is aborted. */
const hold = (name: string, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const held = (): Promise<unknown> => {
      resolve();
      return new Promise((release) => signal.addEventListener('abort', release));
    };
    navigator.locks.request(name, { signal }, held).catch(reject);
  });

export function indexedDbOutboxStore(): OutboxStore {
  let database = createStore(NAME, 'outbox');
  // A browser may drop the connection of a page in the background, without a word: then once more, on a new one.
  const run: UseStore = (mode, ask) =>
    database(mode, ask).catch(() => (database = createStore(NAME, 'outbox'))(mode, ask));
  let channel: BroadcastChannel | undefined;
  return {
    load: () => run('readonly', (records) => promisifyRequest<OutboxRecord[]>(records.getAll())),
    write: (records, gone) =>
      run('readwrite', (store) => {
        for (const record of records) store.put(record, record.key);
        for (const key of gone) store.delete(key);
        return promisifyRequest(store.transaction);
      }),
    // A page on plain http has no locks: it takes over everything at once. What two then send, dedupe absorbs.
    lock: (globalThis.navigator?.locks as LockManager | undefined) && hold,
    announce: (news) => channel?.postMessage(news),
    onAnnounce(listener) {
      try {
        channel = new BroadcastChannel(NAME);
        channel.onmessage = (event) => listener(event.data);
      } catch {
        // Where a browser refuses all storage it refuses this, too; the database will tell.
      }
      return () => {
        channel?.close();
        channel = undefined;
      };
    },
  };
}
