/**
 * What the outbox promises over the lives of pages: reload, crash, sleep, two tabs, two users. Serves G2.2, G2.5, G2.6.
 */
import type { PublishFrame } from '@holdline/protocol';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createDeferred } from './deferred.ts';
import { FakePage, type PageOptions } from './testing/fake-page.ts';
import { FakeServer, settle } from './testing/fake-server.ts';
import { SharedOutbox } from './testing/shared-outbox.ts';
import { connectPage, passTime, silentOnPublish, useVirtualTime } from './testing/virtual-time.ts';

let server: FakeServer;
let store: SharedOutbox;

useVirtualTime();

beforeEach(() => {
  server = new FakeServer();
  store = new SharedOutbox();
});

const openPage = (options: PageOptions = {}): FakePage => new FakePage(server, { store, ...options });

const ids = (frames: readonly { messageId: string }[]): string[] => frames.map(({ messageId }) => messageId);

const publish = (page: FakePage, messageId: string, room = 'lobby'): Promise<unknown> =>
  page.client.room(room).publish('text', messageId, { messageId });

const connect = (page: FakePage): Promise<void> => connectPage(server, page);

const pass = (ms: number): Promise<void> => passTime(server, ms);

/** A page publishes while nobody answers, and is gone. */
const leaveBehind = async (messageId: string): Promise<void> => {
  server.accepts = false;
  const dying = openPage();
  void publish(dying, messageId);
  await settle();
  dying.crash();
};

const stored = (room = 'lobby'): string[] => ids(server.room(room).entries);

describe('one page after the other', () => {
  test('[G2.2] a crash before the connection: the next page sends what was kept, in order', async () => {
    server.accepts = false;
    const first = openPage();
    for (const messageId of ['a', 'b', 'c']) void publish(first, messageId);
    await settle();
    first.crash();
    server.accepts = true;
    await connect(openPage());

    expect(stored()).toEqual(['a', 'b', 'c']);
    expect(store.kept).toEqual([]);
  });

  test('[G2.2] a crash between send and answer: sent again with the same ID, as a retry, with its first time', async () => {
    const first = openPage();
    server.script = silentOnPublish;
    void publish(first, 'a');
    await server.flush();
    first.crash();
    server.script = undefined;
    vi.setSystemTime(Date.now() + 60_000);
    await connect(openPage());

    const [before, after] = server.publishes as [PublishFrame, PublishFrame];
    expect(after).toEqual({ ...before, retry: true });
    expect(stored()).toEqual(['a']);
  });

  test('[G3.1] a crash between storing and ack: one copy', async () => {
    const first = openPage();
    await connect(first);
    void publish(first, 'a');
    await settle();
    server.takeUp(server.line);
    first.crash();
    const second = openPage();
    await connect(second);

    expect(stored()).toEqual(['a']);
    expect(second.outcomes).toEqual(['queued a', 'sent a', 'stored a']);
    expect(store.kept).toEqual([]);
  });

  test('[G2.2] close() leaves what has no answer to the next client', async () => {
    server.accepts = false;
    const first = openPage();
    const published = publish(first, 'a');
    await settle();
    await first.client.close();
    await expect(published).rejects.toMatchObject({ code: 'closed' });
    server.accepts = true;
    await connect(openPage());

    expect(stored()).toEqual(['a']);
  });

  test('[G2.2] a chain of crashes in mid-send stores each message once, in order', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `m${i}`);
    const first = openPage();
    for (const name of names) void publish(first, name);
    let page = first;
    for (let life = 0; life < 5; life += 1) {
      void page.client.connect();
      await settle();
      server.line.open();
      server.takeUp(server.line, 1);
      server.line.letDown();
      await settle();
      server.takeUp(server.line, 4);
      server.line.letDown(life % 3);
      await settle();
      page.crash();
      page = openPage();
    }
    await connect(page);

    expect(stored()).toEqual(names);
    expect(store.kept).toEqual([]);
  });

  test('[G2.6] what several dead pages left is sent in the order in which the pages came', async () => {
    server.accepts = false;
    const names = Array.from({ length: 8 }, (_, i) => `m${i}`);
    for (const name of names) {
      const page = openPage();
      void publish(page, name);
      await pass(10);
      page.crash();
    }
    server.accepts = true;
    await connect(openPage());

    expect(stored()).toEqual(names);
  });

  test('a reload does not forget the bound: what was adopted counts', async () => {
    server.accepts = false;
    const first = openPage();
    for (const messageId of ['a', 'b']) void publish(first, messageId);
    await settle();
    first.crash();
    const second = openPage({ outbox: { maxItems: 2 } });
    void second.client.connect();
    await settle();

    expect(second.client.outbox.items.map(({ messageId }) => messageId)).toEqual(['a', 'b']);
    await expect(publish(second, 'c')).rejects.toMatchObject({ code: 'outbox_full' });
  });
});

describe('users', () => {
  test('[G2.5] nobody sends what another user left; its user does, when back', async () => {
    server.accepts = false;
    const alice = openPage({ user: 'alice' });
    void publish(alice, 'from-alice');
    await settle();
    alice.crash();
    server.accepts = true;
    const bob = openPage({ user: 'bob' });
    await connect(bob);
    await publishAndFlush(bob, 'from-bob');

    expect(stored()).toEqual(['from-bob']);
    expect(bob.client.outbox.size).toBe(0);

    await bob.client.close();
    await connect(openPage({ user: 'alice' }));
    expect(stored()).toEqual(['from-bob', 'from-alice']);
  });

  test('[G2.5] a client that learns its user from welcome takes only what is of that user', async () => {
    server.accepts = false;
    const alice = openPage({ user: 'alice' });
    void publish(alice, 'a');
    const bob = openPage({ user: 'bob' });
    void publish(bob, 'b');
    await settle();
    alice.crash();
    bob.crash();
    server.accepts = true;
    server.welcome = { user: 'bob' as never };
    const nameless = new FakePage(server, { store, url: 'ws://fake', user: undefined as never });
    await connect(nameless);

    expect(stored()).toEqual(['b']);
    expect(nameless.client.user).toBe('bob');
    expect(store.kept).toEqual(['a']);
  });

  test('[G2.5] an anonymous user is a user of its own', async () => {
    server.accepts = false;
    const alice = openPage({ user: 'alice' });
    void publish(alice, 'a');
    await settle();
    alice.crash();
    server.accepts = true;
    await connect(openPage({ user: undefined as never }));

    expect(stored()).toEqual([]);
  });

  test('[G2.5] another user in welcome than in the option: failed, and nothing is sent', async () => {
    server.welcome = { user: 'bob' as never };
    const page = openPage({ user: 'alice' });
    void publish(page, 'a');
    const connected = page.client.connect();
    await server.flush();

    await expect(connected).rejects.toMatchObject({ code: 'user_changed' });
    expect(page.client.state).toBe('failed');
    expect(server.publishes).toEqual([]);
  });

  test('[G2.5] another server of the same origin is not sent what was meant for this one', async () => {
    server.accepts = false;
    const first = openPage({ url: 'ws://one' });
    void publish(first, 'a');
    await settle();
    first.crash();
    server.accepts = true;
    await connect(openPage({ url: 'ws://two' }));

    expect(stored()).toEqual([]);
  });

  test('clear() at signing out forgets what a crashed page of the user left, and nothing of others', async () => {
    server.accepts = false;
    const left = openPage({ user: 'alice' });
    void publish(left, 'a');
    const bob = openPage({ user: 'bob' });
    void publish(bob, 'b');
    await settle();
    left.crash();
    bob.crash();
    const alice = openPage({ user: 'alice' });
    await alice.client.outbox.clear();

    expect(store.kept).toEqual(['b']);
  });

  test('clear() reaches what another tab is about to adopt, and the other tab itself', async () => {
    server.accepts = false;
    const left = openPage();
    const other = openPage();
    void publish(left, 'a');
    const published = publish(other, 'b');
    await settle();
    left.crash();
    await settle();
    const page = openPage();
    void page.client.connect();
    const cleared = page.client.outbox.clear();
    await settle();
    await cleared;
    server.accepts = true;
    await server.flush();
    await pass(60_000);

    await expect(published).rejects.toMatchObject({ code: 'cleared' });
    expect(server.publishes).toEqual([]);
    expect(store.kept).toEqual([]);
  });

  const publishAndFlush = async (page: FakePage, messageId: string): Promise<void> => {
    await Promise.all([publish(page, messageId), server.flush()]);
  };
});

describe('two tabs', () => {
  test('[G2.6] a tab whose lock is slow to come is not taken for gone: what it leaves later is sent', async () => {
    await connect(openPage());
    server.accepts = false;
    const lock = createDeferred<void>();
    store.lockDelay = lock.promise;
    const second = openPage();
    void publish(second, 'a');
    store.lockDelay = undefined;
    await pass(100);
    lock.resolve(undefined);
    await pass(100);
    void publish(second, 'b');
    await pass(100);
    second.crash();
    await pass(100);

    expect(stored()).toEqual(['a', 'b']);
    expect(store.kept).toEqual([]);
  });

  test('[G2.6] before it holds its lock a page writes and tells nothing by which another could take it for gone', async () => {
    const lock = createDeferred<void>();
    store.lockDelay = lock.promise;
    const first = openPage();
    await connect(first);
    void publish(first, 'a');
    store.lockDelay = undefined;
    const second = openPage();
    await connect(second);
    await pass(1_000);

    expect([store.kept, stored(), store.held.length]).toEqual([[], [], 1]);
    expect(store.news).toHaveLength(2);

    lock.resolve();
    await pass(1_000);

    expect(ids(first.lines[0]!.sentOf('publish'))).toEqual(['a']);
    expect(second.lines[0]!.sentOf('publish')).toEqual([]);
    // Both wait for the lock of the other.
    expect(store.waiting).toBe(2);
  });

  test('[G2.6] a page tells that it is there before it has anything to lose: its first write is still under way', async () => {
    store.isSlow = true;
    void publish(openPage(), 'a');
    await settle();

    expect([store.kept, store.news.length]).toEqual([[], 1]);
    store.release();
  });

  test('[G7.4] a lock that is never granted is a store that does not answer: the outbox goes on in memory', async () => {
    store.lockDelay = new Promise(() => undefined);
    const page = openPage();
    const degraded: unknown[] = [];
    page.client.on('storage-degraded', ({ code }) => degraded.push(code));
    await connect(page);
    void publish(page, 'a');
    await pass(4_000);
    expect([degraded, stored()]).toEqual([[], []]);
    await pass(2_000);

    expect([degraded, stored()]).toEqual([['storage_failed'], ['a']]);
    // Given up once is enough: what comes later waits for it no more.
    void publish(page, 'b');
    await pass(1_000);
    expect(stored()).toEqual(['a', 'b']);
  });

  test('[G2.6] a living tab leaves alone what another living one has to send', async () => {
    const first = openPage();
    const second = openPage();
    server.script = silentOnPublish;
    await connect(first);
    await connect(second);
    void publish(first, 'a');
    await pass(60_000);

    expect(ids(server.lines[1]!.sentOf('publish'))).toEqual([]);
    expect(second.client.outbox.size).toBe(0);
  });

  test('[G2.6] a tab answers one that it knows from its records already: that one may not know it', async () => {
    server.script = silentOnPublish;
    const known = openPage();
    const dying = openPage();
    store.isSilent = true;
    await connect(known);
    void publish(known, 'a');
    await server.flush();
    await connect(dying);
    store.isSilent = false;
    known.lines.at(-1)!.cut();
    await pass(1_000);
    void publish(dying, 'b');
    await server.flush();
    server.script = undefined;
    dying.crash();
    await pass(1_000);

    expect(stored()).toContain('b');
  });

  test('[G2.6] what a dead tab left is sent once, by one of the living', async () => {
    server.script = silentOnPublish;
    const dying = openPage();
    await connect(dying);
    const living = [openPage(), openPage(), openPage()];
    for (const page of living) await connect(page);
    void publish(dying, 'a');
    void publish(dying, 'b');
    await server.flush();
    server.script = undefined;
    dying.crash();
    await server.flush();

    expect(stored()).toEqual(['a', 'b']);
    expect(ids(server.publishes)).toEqual(['a', 'b', 'a', 'b']);
    expect(store.kept).toEqual([]);
  });

  test('[G2.6] adopted messages go before own ones that wait in the same room', async () => {
    server.accepts = false;
    const dying = openPage();
    const living = openPage();
    void publish(dying, 'old-1');
    void publish(dying, 'old-2');
    await settle();
    void publish(living, 'own');
    await settle();
    dying.crash();
    await settle();
    server.accepts = true;
    await server.flush();

    expect(stored()).toEqual(['old-1', 'old-2', 'own']);
  });

  test('[G2.6] a client closed during adoption takes nothing, and what it reached for stays', async () => {
    await leaveBehind('a');
    const hasty = openPage();
    void hasty.client.connect();
    await hasty.client.close();
    await settle();

    expect(hasty.outcomes).toEqual([]);
    expect(hasty.client.outbox.size).toBe(0);
    expect(store.held).toEqual([]);
    server.accepts = true;
    await connect(openPage());
    expect(stored()).toEqual(['a']);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 8, 10, 14])(
    '[G2.6] closed %i turns into adoption: nothing stays locked',
    async (turns) => {
      await leaveBehind('a');
      const hasty = openPage();
      void hasty.client.connect();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      void hasty.client.close();
      await settle();

      expect(store.held).toEqual([]);
      server.accepts = true;
      await connect(openPage());
      expect(stored()).toEqual(['a']);
    },
  );

  test('[G2.6] of two tabs that open at once after a crash one sends', async () => {
    await leaveBehind('a');
    server.accepts = true;
    const [one, two] = [openPage(), openPage()];
    await Promise.all([connect(one), connect(two)]);
    await pass(30_000);

    expect(ids(server.publishes)).toEqual(['a']);
    expect(store.kept).toEqual([]);
  });

  test('[G2.6] one message ID in two tabs: no record is left when both have their answer', async () => {
    const [dying, living] = [openPage(), openPage()];
    await connect(dying);
    await connect(living);
    server.script = silentOnPublish;
    void publish(dying, 'a');
    const own = publish(living, 'a');
    await server.flush();
    dying.crash();
    await server.flush();
    server.script = undefined;
    living.lines.at(-1)!.cut();
    await pass(1_000);

    await expect(own).resolves.toMatchObject({ messageId: 'a' });
    expect(stored()).toEqual(['a']);
    expect(store.kept).toEqual([]);
    expect(living.client.outbox.size).toBe(0);
  });

  test('[G2.6] the outcome of a message ID reaches each page that has published it and sleeps', async () => {
    server.accepts = false;
    const sleepers = [openPage(), openPage()];
    const outcomes = sleepers.map((page) => publish(page, 'a'));
    await settle();
    for (const page of sleepers) page.hint('freeze');
    await settle();
    server.accepts = true;
    await connect(openPage());

    for (const outcome of outcomes) await expect(outcome).resolves.toMatchObject({ messageId: 'a', id: '1001-1' });
    expect(stored()).toEqual(['a']);
    expect(store.kept).toEqual([]);
  });

  test('an adopter that crashes, too, is followed by a third', async () => {
    server.accepts = false;
    const first = openPage();
    void publish(first, 'a');
    await settle();
    first.crash();
    const second = openPage();
    void second.client.connect();
    await settle();
    expect(second.client.outbox.size).toBe(1);
    second.crash();
    server.accepts = true;
    await connect(openPage());

    expect(stored()).toEqual(['a']);
  });

  test('[G2.6] a tab whose client has failed does not keep its messages from one that works', async () => {
    const [failing, working] = [openPage(), openPage()];
    await connect(failing);
    await connect(working);
    server.script = silentOnPublish;
    const outcome = publish(failing, 'a');
    await server.flush();
    server.script = undefined;
    failing.lines.at(-1)?.cut(4403);
    await pass(1_000);

    await expect(outcome).resolves.toMatchObject({ messageId: 'a' });
    expect(failing.client.state).toBe('failed');
    expect(stored()).toEqual(['a']);

    void publish(failing, 'b');
    await connect(failing);
    await server.flush();

    expect(stored()).toEqual(['a', 'b']);
    expect(store.kept).toEqual([]);
  });

  test.each(['visibilitychange', 'online', 'offline'] as const)(
    '[G2.6] a tab whose client has failed leaves its messages to one that comes later, also after %s',
    async (hint) => {
      const failing = openPage();
      await connect(failing);
      server.script = silentOnPublish;
      void publish(failing, 'a');
      await server.flush();
      server.script = undefined;
      failing.lines.at(-1)?.cut(4403);
      await settle();
      expect(failing.client.state).toBe('failed');
      failing.hint(hint);
      await settle();
      await connect(openPage());

      expect(stored()).toEqual(['a']);
    },
  );

  test('a living tab closed in order hands over to the other', async () => {
    const [one, two] = [openPage(), openPage()];
    await connect(two);
    server.accepts = false;
    void publish(one, 'a');
    await settle();
    await one.client.close();
    await server.flush();

    expect(stored()).toEqual(['a']);
    expect(two.outcomes).toEqual(['queued a', 'sent a', 'stored a']);
  });
});

describe('a page that sleeps', () => {
  test.each(Array.from({ length: 24 }, (_, turns) => turns))(
    '[G2.6] asleep %i turns into adoption, with a write under way: it takes over nothing',
    async (turns) => {
      await leaveBehind('a');
      const sleeper = openPage();
      void sleeper.client.connect();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      store.isSlow = true;
      void publish(sleeper, 'own');
      sleeper.hint('freeze');
      await settle();
      store.release();
      await settle();

      expect(ids(sleeper.client.outbox.items)).toEqual(['own']);
    },
  );

  const asleep = async (): Promise<{ sleeper: FakePage; published: Promise<unknown> }> => {
    server.accepts = false;
    const sleeper = openPage();
    const published = publish(sleeper, 'a');
    await settle();
    sleeper.hint('freeze');
    await settle();
    return { sleeper, published };
  };

  test('[G2.6] lets another tab send for it, and gets the outcome while it is there to hear it', async () => {
    const { published } = await asleep();
    server.accepts = true;
    const other = openPage();
    await connect(other);

    expect(stored()).toEqual(['a']);
    await expect(published).resolves.toMatchObject({ messageId: 'a', id: '1001-1' });
  });

  test('[G2.6] learns the outcome when it wakes, where it could not hear it', async () => {
    const { sleeper, published } = await asleep();
    server.accepts = true;
    store.isSilent = true;
    await connect(openPage());
    store.isSilent = false;
    let isSettled = false;
    void published.then(() => (isSettled = true));
    await settle();
    expect(isSettled).toBe(false);
    sleeper.hint('resume');
    await server.flush();

    await expect(published).resolves.toMatchObject({ messageId: 'a', id: '1001-1' });
    expect(stored()).toEqual(['a']);
    expect(sleeper.client.outbox.size).toBe(0);
  });

  test('[G3.5] knows when it wakes what another tab has sent for it, and that it may be stored', async () => {
    const { sleeper } = await asleep();
    server.accepts = true;
    server.script = silentOnPublish;
    const other = openPage();
    await connect(other);
    const [sent] = server.publishes as [PublishFrame];
    other.crash();
    server.script = undefined;
    vi.setSystemTime(Date.now() + 3 * 3_600_000);
    sleeper.hint('resume');
    await pass(10_000);

    expect(server.publishes).toHaveLength(2);
    expect(server.publishes).toContainEqual({ ...sent, retry: true });
  });

  test('[G1.2] what it had taken over and was refused for now does not keep its room closed', async () => {
    await leaveBehind('a');
    server.accepts = true;
    const page = openPage();
    server.script = (frame) =>
      frame.type === 'publish'
        ? [{ type: 'nack', room: frame.room, messageId: frame.messageId, code: 'unavailable', retry: 'backoff' }]
        : undefined;
    await connect(page);
    expect(ids(server.publishes)).toEqual(['a']);
    page.hint('freeze');
    await server.flush();

    expect(server.line.sentOf('withdraw')).toMatchObject([{ room: 'lobby', messageId: 'a' }]);
  });

  test('takes its own messages up again when it wakes and nobody sent them', async () => {
    const { sleeper, published } = await asleep();
    server.accepts = true;
    await server.flush();
    expect(stored()).toEqual([]);
    sleeper.hint('pageshow');
    await server.flush();

    await expect(published).resolves.toMatchObject({ messageId: 'a' });
    expect(store.kept).toEqual([]);
  });

  test('an abort while asleep does not let the message be sent by itself', async () => {
    server.accepts = false;
    const sleeper = openPage();
    const aborter = new AbortController();
    const published = sleeper.client.room('lobby').publish('text', 1, { messageId: 'a', signal: aborter.signal });
    await settle();
    sleeper.hint('freeze');
    await settle();
    aborter.abort();
    await settle();
    await expect(published).rejects.toMatchObject({ code: 'aborted' });
    sleeper.hint('resume');
    server.accepts = true;
    await server.flush();

    expect(server.publishes).toEqual([]);
  });

  test('[G1.2] what it publishes after waking waits for what another tab took over, and goes after it', async () => {
    const { sleeper, published } = await asleep();
    server.accepts = true;
    server.script = silentOnPublish;
    const other = openPage();
    await connect(other);
    expect(ids(server.publishes)).toEqual(['a']);
    sleeper.hint('resume');
    const late = publish(sleeper, 'late');
    await pass(5_000);
    expect(ids(server.publishes)).toEqual(['a']);

    server.script = undefined;
    other.lines.at(-1)!.cut();
    await pass(500);
    await Promise.all([published, late]);
    expect(stored()).toEqual(['a', 'late']);
  });

  test('[G2.6] what it had taken over, and another tab has sent since, holds up nothing when it wakes', async () => {
    server.accepts = false;
    const gone = openPage();
    void publish(gone, 'a');
    const sleeper = openPage();
    void sleeper.client.connect();
    await settle();
    gone.crash();
    await settle();
    expect(sleeper.client.outbox.size).toBe(1);
    sleeper.hint('freeze');
    await settle();
    server.accepts = true;
    await connect(openPage());
    expect(stored()).toEqual(['a']);

    sleeper.hint('resume');
    const late = publish(sleeper, 'late');
    await pass(5_000);

    expect(stored()).toEqual(['a', 'late']);
    await expect(late).resolves.toMatchObject({ messageId: 'late' });
    expect(sleeper.client.outbox.size).toBe(0);
  });

  test('[G1.2, G2.6] what it left before and after its sleep is sent in that order, in whatever order the locks come free', async () => {
    server.script = silentOnPublish;
    const dying = openPage();
    await connect(dying);
    void publish(dying, 'before');
    await server.flush();
    dying.hint('freeze');
    await pass(10);
    dying.hint('resume');
    void publish(dying, 'after');
    await server.flush();
    const living = openPage();
    await connect(living);
    // The lock of its second life comes free first.
    dying.crash();
    await server.flush();

    expect(ids(dying.lines[0]!.sentOf('publish'))).toEqual(['before', 'before', 'after']);
    expect(ids(living.lines[0]!.sentOf('publish'))).toEqual(['before', 'after']);
  });

  test('[G1.2] what it had taken over goes before its own when it wakes and takes it over again', async () => {
    server.accepts = false;
    const gone = openPage();
    void publish(gone, 'a');
    await pass(10);
    gone.crash();
    const sleeper = openPage();
    void publish(sleeper, 'b');
    await settle();
    expect(sleeper.client.outbox.size).toBe(2);
    sleeper.hint('freeze');
    await settle();
    sleeper.hint('resume');
    server.accepts = true;
    await server.flush();

    expect(stored()).toEqual(['a', 'b']);
    expect(store.kept).toEqual([]);
  });

  test('a message published on the way to sleep is kept and sent later', async () => {
    const { sleeper } = await asleep();
    const late = publish(sleeper, 'late');
    await settle();
    sleeper.hint('resume');
    server.accepts = true;
    await server.flush();

    await expect(late).resolves.toMatchObject({ messageId: 'late' });
    expect(stored()).toEqual(['a', 'late']);
  });
});

describe('a store that fails', () => {
  test('tells storage-degraded once, and the outbox goes on in memory', async () => {
    const page = openPage();
    const degraded: unknown[] = [];
    page.client.on('storage-degraded', ({ code }) => degraded.push(code));
    store.failure = new Error('QuotaExceededError');
    const published = Promise.all([publish(page, 'a'), publish(page, 'b')]);
    await server.flush();
    await published;

    expect(degraded).toEqual(['storage_failed']);
    expect(stored()).toEqual(['a', 'b']);
  });

  test('that gives no answer is given up after its deadline', async () => {
    const page = openPage();
    await connect(page);
    const degraded: unknown[] = [];
    page.client.on('storage-degraded', ({ code }) => degraded.push(code));
    store.isSlow = true;
    const published = publish(page, 'a');
    await pass(5_000);
    await pass(0);

    await expect(published).resolves.toMatchObject({ messageId: 'a' });
    expect(degraded).toEqual(['storage_failed']);
  });

  test('while the page sleeps: it wakes and sends', async () => {
    server.accepts = false;
    const page = openPage();
    const published = publish(page, 'a');
    await settle();
    page.hint('freeze');
    await settle();
    store.failure = new Error('gone');
    page.hint('resume');
    server.accepts = true;
    await server.flush();
    await pass(10_000);

    await expect(published).resolves.toMatchObject({ messageId: 'a' });
  });
});

test('[G2.6] a page that is closed before it holds its lock tells nobody that it is there', async () => {
  const delay = createDeferred<void>();
  store.lockDelay = delay.promise;
  const page = openPage();
  void page.client.connect().catch(() => undefined);
  await page.client.close();

  delay.resolve();
  await settle();

  expect(store.news).toEqual([]);
});

test('a handler that throws or publishes does not disturb the outbox', async () => {
  const page = openPage();
  page.client.outbox.on('stored', ({ messageId }) => {
    if (messageId === 'a') void publish(page, 'b');
    throw new Error('application');
  });
  void publish(page, 'a');
  await server.flush();

  expect(stored()).toEqual(['a', 'b']);
  expect(page.errors.map(({ code }) => code)).toEqual(['handler_failed', 'handler_failed']);
});

test('[G1.2, G2.2] a refused second send of what is stored does not hold the room closed', async () => {
  let refusals = 0;
  server.script = (frame) => {
    if (frame.type !== 'publish' || refusals === 0) return undefined;
    refusals -= 1;
    const { room, messageId } = frame;
    return [{ type: 'nack', room, messageId, code: 'unavailable', retry: 'backoff' }];
  };
  const page = openPage();
  await connect(page);
  void publish(page, 'first');
  await vi.advanceTimersByTimeAsync(1);
  page.hint('freeze');
  // Publishing wakes the page, and what flew before it slept is sent again on the same line.
  void publish(page, 'second');
  await vi.advanceTimersByTimeAsync(1);
  server.takeUp(server.line, 1);
  refusals = 1;
  server.takeUp(server.line, 1);
  await pass(10_000);

  expect(stored()).toEqual(['first', 'second']);
  expect(page.client.outbox.size).toBe(0);
});
