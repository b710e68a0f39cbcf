/** What every outbox store does, whatever it is made of. Two stores of one `Origin` are what two tabs hold. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OutboxRecord, OutboxStore } from './outbox-store.ts';

export interface Origin {
  /** The store of one more tab. */
  tab(): OutboxStore;
  /** Leaves nothing behind. */
  dispose(): Promise<void>;
}

const record = (key: string, data: unknown = key): OutboxRecord => ({
  key,
  scope: 'ws://one/',
  user: 'alice',
  producer: 'p1',
  frame: { type: 'publish', room: 'lobby', event: 'text', messageId: key, data, firstSentAt: 0 } as never,
  createdAt: 1,
});

/** Did it settle by the time that everything ready has run? */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  return settled;
}

export function describeOutboxStore(name: string, open: () => Origin | Promise<Origin>): void {
  describe(`${name}`, () => {
    let origin: Origin;
    beforeEach(async () => {
      origin = await open();
    });
    afterEach(() => origin.dispose());

    describe('records', () => {
      test('[G2.2] are there for the next page, in the order of their keys', async () => {
        const store = origin.tab();
        await store.write([record('p1/2'), record('p1/1'), record('p0/9')], []);

        expect((await origin.tab().load()).map(({ key }) => key)).toEqual(['p0/9', 'p1/1', 'p1/2']);
      });

      test('come back as they were', async () => {
        const store = origin.tab();
        const written = { ...record('p1/1', { deep: [null, 'ß', 1.5] }), strikes: 2, outcome: { code: 'forbidden' } };
        await store.write([written], []);

        expect(await store.load()).toEqual([written]);
      });

      test('are copies: a later change of the original changes nothing', async () => {
        const store = origin.tab();
        const data = { body: 'as published' };
        await store.write([record('p1/1', data)], []);
        data.body = 'changed';

        expect((await store.load())[0]?.frame.data).toEqual({ body: 'as published' });
      });

      test('are replaced and removed in one write', async () => {
        const store = origin.tab();
        await store.write([record('p1/1'), record('p1/2')], []);
        await store.write([record('p1/1', 'new')], ['p1/2', 'p1/never']);

        const left = await store.load();
        expect(left.map(({ key, frame }) => [key, frame.data])).toEqual([['p1/1', 'new']]);
      });

      test('a store without any is empty', async () => {
        expect(await origin.tab().load()).toEqual([]);
      });
    });

    describe('locks', () => {
      const holder = (): AbortController => new AbortController();

      test('[G2.6] the second waits until the first lets go', async () => {
        const first = holder();
        const second = holder();
        await origin.tab().lock?.('holdline/p1', first.signal);
        const waiting = origin.tab().lock?.('holdline/p1', second.signal) ?? Promise.resolve();
        expect(await isSettled(waiting)).toBe(false);

        first.abort();
        await waiting;

        expect(second.signal.aborted).toBe(false);
        second.abort();
      });

      test('one that gave up waiting is not given the lock', async () => {
        const [first, second, third] = [holder(), holder(), holder()];
        await origin.tab().lock?.('holdline/p1', first.signal);
        const waiting = origin.tab().lock?.('holdline/p1', second.signal) ?? Promise.resolve();
        const next = origin.tab().lock?.('holdline/p1', third.signal) ?? Promise.resolve();
        waiting.catch(() => undefined);

        second.abort();
        first.abort();

        await expect(waiting).rejects.toBeInstanceOf(Error);
        await next;
        third.abort();
      });

      test('locks of other names are free', async () => {
        const [first, second] = [holder(), holder()];
        await origin.tab().lock?.('holdline/p1', first.signal);

        await expect(origin.tab().lock?.('holdline/p2', second.signal)).resolves.toBeUndefined();
        first.abort();
        second.abort();
      });
    });

    describe('news', () => {
      test('reach the others and not the one who tells, until they stop listening', async () => {
        const [teller, listener] = [origin.tab(), origin.tab()];
        const heard: unknown[] = [];
        const own: unknown[] = [];
        const offTeller = teller.onAnnounce?.((news) => own.push(news));
        const told = new Promise<void>((resolve) => {
          listener.onAnnounce?.((news) => {
            heard.push(news);
            resolve();
          });
        });

        teller.announce?.({ producer: 'p1' });
        await told;

        expect(heard).toEqual([{ producer: 'p1' }]);
        expect(own).toEqual([]);
        offTeller?.();
      });

      test('an undo is an undo', async () => {
        const [teller, listener] = [origin.tab(), origin.tab()];
        const heard: unknown[] = [];
        const off = teller.onAnnounce?.(() => undefined);
        listener.onAnnounce?.((news) => heard.push(news))();

        teller.announce?.({ producer: 'p1' });
        await isSettled(new Promise(() => undefined));

        expect(heard).toEqual([]);
        off?.();
      });

      test('who no longer listens may still tell: nothing comes of it, and nothing throws', () => {
        const teller = origin.tab();
        teller.onAnnounce?.(() => undefined)();

        expect(() => teller.announce?.({ producer: 'p1' })).not.toThrow();
      });
    });
  });
}
