import { expect, test } from 'vitest';
import { indexedDbOutboxStore } from './indexeddb-outbox-store.ts';
import { describeOutboxStore, type Origin } from './outbox-store.contract.ts';

async function wipe(): Promise<void> {
  const store = indexedDbOutboxStore();
  const records = await store.load();
  await store.write(
    [],
    records.map(({ key }) => key),
  );
}

async function openOrigin(): Promise<Origin> {
  // Files of the same origin may have left something.
  await wipe();
  return { tab: indexedDbOutboxStore, dispose: wipe };
}

describeOutboxStore('the outbox in IndexedDB', openOrigin);

test('[G2.6] the lock of a page that is gone comes free by itself', async () => {
  const page = document.body.appendChild(document.createElement('iframe'));
  const held = new Promise<void>((resolve) => {
    void page.contentWindow?.navigator.locks.request('holdline/gone', () => {
      resolve();
      return new Promise(() => undefined);
    });
  });
  await held;
  const life = new AbortController();
  const lock = indexedDbOutboxStore().lock?.('holdline/gone', life.signal);

  page.remove();

  await expect(lock).resolves.toBeUndefined();
  life.abort();
});
