/**
 * Hop 1/8: the outbox in IndexedDB, shared by the tabs of an origin: one database, one key an item, a Web
 * Lock for each producer, and a channel for the news.
 */
import { createStore, promisifyRequest } from 'idb-keyval';
import type { OutboxRecord, OutboxStore } from './outbox-store.ts';

/** The name of the database and of the channel. */
const NAME = 'holdline';

export function indexedDbOutboxStore(): OutboxStore {
  const database = createStore(NAME, 'outbox');
  let channel: BroadcastChannel | undefined;
  return {
    load: () => database('readonly', (records) => promisifyRequest<OutboxRecord[]>(records.getAll())),
    write: (records, gone) =>
      database('readwrite', (store) => {
        for (const record of records) store.put(record, record.key);
        for (const key of gone) store.delete(key);
        return promisifyRequest(store.transaction);
      }),
    lock: (name, signal) =>
      new Promise((resolve, reject) => {
        const hold = (): Promise<void> => {
          resolve();
          return new Promise((release) => signal.addEventListener('abort', () => release()));
        };
        // A page on plain http has no locks: everybody holds everything, may send it twice, and dedupe absorbs it.
        const locks = navigator.locks as LockManager | undefined;
        if (locks) locks.request(name, { signal }, hold).catch(reject);
        else resolve();
      }),
    announce: (news) => channel?.postMessage(news),
    onAnnounce(listener) {
      channel = new BroadcastChannel(NAME);
      channel.onmessage = ({ data }) => listener(data);
      return () => channel?.close();
    },
  };
}
