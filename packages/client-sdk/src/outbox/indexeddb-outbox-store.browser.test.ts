import { describe, expect, test } from 'vitest';
import { createClient } from '../client.ts';
import { indexedDbOutboxStore } from './indexeddb-outbox-store.ts';
import { describeOutboxStore, type Origin } from './outbox-store.contract.ts';

/** A port where nobody listens. */
const NOWHERE = 'ws://127.0.0.1:9/';

async function wipe(): Promise<void> {
  const store = indexedDbOutboxStore();
  const records = await store.load();
  await store.write(
    [],
    records.map(({ key }) => key),
  );
}

const openOrigin = (): Origin => ({ tab: indexedDbOutboxStore, dispose: wipe });

describeOutboxStore('the outbox in IndexedDB', openOrigin);

describe('real pages', () => {
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

  test('[G2.2, G2.6] what a client left is taken over by the next one of the same user', async () => {
    const first = createClient({ url: NOWHERE, user: 'alice' });
    for (const body of ['one', 'two', 'three']) {
      void first.room('lobby').publish('text', { body }, { messageId: body });
    }
    await first.close();
    const other = createClient({ url: NOWHERE, user: 'bob' });
    const next = createClient({ url: NOWHERE, user: 'alice' });

    void other.connect();
    void next.connect();

    await expect.poll(() => next.outbox.items.map(({ messageId }) => messageId)).toEqual(['one', 'two', 'three']);
    expect(other.outbox.items).toEqual([]);
    await next.outbox.clear();
    await next.close();
    await other.close();
    expect(await indexedDbOutboxStore().load()).toEqual([]);
  });

  test('[G2.6] two clients of one user do not take from each other while both live', async () => {
    const [first, second] = [0, 1].map(() => createClient({ url: NOWHERE, user: 'alice' }));
    void first?.connect();
    void second?.connect();
    void first?.room('lobby').publish('text', 1, { messageId: 'mine' });
    await expect.poll(async () => (await indexedDbOutboxStore().load()).length).toBe(1);

    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(second?.outbox.items).toEqual([]);
    await first?.close();
    await expect.poll(() => second?.outbox.items.map(({ messageId }) => messageId)).toEqual(['mine']);

    await second?.outbox.clear();
    await second?.close();
  });

  test('a page that sleeps gives its messages away, and takes them up when it wakes', async () => {
    const [sleeper, other] = [
      createClient({ url: NOWHERE, user: 'carol' }),
      createClient({ url: NOWHERE, user: 'carol' }),
    ];
    void sleeper.connect();
    void sleeper.room('lobby').publish('text', 1, { messageId: 'slept' });
    await expect.poll(async () => (await indexedDbOutboxStore().load()).length).toBe(1);

    // Both clients hear it: they are in one page. The one that starts after it finds the lock free.
    globalThis.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    void other.connect();
    await expect.poll(() => other.outbox.size).toBe(1);
    await other.close();
    globalThis.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));

    await expect.poll(() => sleeper.outbox.items.map(({ messageId }) => messageId)).toEqual(['slept']);
    await sleeper.outbox.clear();
    await sleeper.close();
  });
});
