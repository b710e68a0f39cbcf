/**
 * What a page promises that goes on after its device or itself slept, or after its client failed. Serves G1.2, G2.2, G2.6, G3.5.
 */
import { beforeEach, describe, expect, test, vi } from 'vitest';
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

const publish = (page: FakePage, messageId: string, signal?: AbortSignal): Promise<unknown> =>
  page.client.room('lobby').publish('text', messageId, { messageId, ...(signal && { signal }) });

const connect = (page: FakePage): Promise<void> => connectPage(server, page);

const pass = (ms: number): Promise<void> => passTime(server, ms);

const turn = async (turns: number): Promise<void> => {
  for (let each = 0; each < turns; each += 1) await Promise.resolve();
};

const stored = (): string[] => server.room('lobby').entries.map(({ messageId }) => messageId);

const TURNS = Array.from({ length: 40 }, (_, turns) => turns);

describe('a device that slept, and whose monotonic clock stood still meanwhile', () => {
  /** Only the clock of the device goes on. */
  const sleep = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

  test('[G3.5] what is published just after waking is as old as it is, also when its line is dead', async () => {
    const page = openPage();
    await connect(page);
    server.line.vanish();
    sleep(3 * 3_600_000);
    const wokeAt = Date.now();
    const published = publish(page, 'a');
    await pass(60_000);

    await expect(published).resolves.toMatchObject({ messageId: 'a' });
    expect(server.publishes[0]!.firstSentAt).toBeGreaterThanOrEqual(wokeAt);
    expect(page.states).toContain('reconnecting heartbeat_timeout');
  });

  test('[G3.1] a clock that is set forward costs one connection, and stamps nothing with a time to come', async () => {
    const page = openPage();
    await connect(page);
    const time = Date.now();
    server.welcome = { time };
    sleep(3 * 3_600_000);
    for (const messageId of ['a', 'b']) {
      const published = publish(page, messageId);
      await pass(1_000);
      await published;
    }

    expect(server.lines).toHaveLength(2);
    for (const { firstSentAt } of server.publishes) expect(firstSentAt! - time).toBeLessThan(3_000);
  });

  test('a short sleep, and a clock that is set back a little, cost no connection', async () => {
    const page = openPage();
    await connect(page);
    sleep(20_000);
    await Promise.all([publish(page, 'a'), server.flush()]);
    sleep(-20_000);
    await Promise.all([publish(page, 'b'), server.flush()]);

    expect(server.lines).toHaveLength(1);
  });
});

describe('what ends while a page that woke reads its store', () => {
  test.each(TURNS)(
    '[G2.2] an answer on the line that lived on, %i turns after waking: it is not sent again',
    async (turns) => {
      server.script = silentOnPublish;
      const page = openPage();
      await connect(page);
      const published = publish(page, 'a');
      await server.flush();
      page.hint('freeze');
      await settle();
      page.hint('resume');
      await turn(turns);
      const sent = server.publishes.length;
      server.line.deliver({ type: 'ack', room: 'lobby', messageId: 'a', id: '1001-1' } as never);
      await published;
      await pass(1_000);

      expect(server.publishes).toHaveLength(sent);
      expect(page.outcomes.filter((outcome) => outcome === 'stored a')).toHaveLength(1);
      expect([page.client.outbox.size, store.kept]).toEqual([0, []]);
    },
  );
});

describe('an abort', () => {
  const asleep = async (): Promise<{ page: FakePage; aborter: AbortController; published: Promise<unknown> }> => {
    server.accepts = false;
    const page = openPage();
    const aborter = new AbortController();
    const published = publish(page, 'a', aborter.signal);
    await settle();
    page.hint('freeze');
    await settle();
    return { page, aborter, published };
  };

  test.each(TURNS)('%i turns after waking, where nobody else has sent it: withdrawn', async (turns) => {
    const { page, aborter, published } = await asleep();
    page.hint('resume');
    await turn(turns);
    aborter.abort();
    await expect(published).rejects.toMatchObject({ code: 'aborted' });
    server.accepts = true;
    await pass(1_000);

    expect([server.publishes, store.kept]).toEqual([[], []]);
    expect(page.outcomes.at(-1)).toBe('rejected a');
  });

  test('[G2.1] of what another tab took over, after waking: the promise rejects, and the outcome is what the other tab hears', async () => {
    const { page, aborter, published } = await asleep();
    const other = openPage();
    void other.client.connect();
    await settle();
    expect(other.client.outbox.size).toBe(1);
    page.hint('resume');
    await settle();
    aborter.abort();
    await expect(published).rejects.toMatchObject({ code: 'aborted' });
    await settle();
    expect(page.outcomes).not.toContain('rejected a');
    server.accepts = true;
    await pass(1_000);

    expect(stored()).toEqual(['a']);
    expect(page.outcomes.at(-1)).toBe('stored a');
    expect([page.client.outbox.size, store.kept]).toEqual([0, []]);
  });
});

describe('a client that has failed', () => {
  const failed = async (): Promise<FakePage> => {
    const page = openPage();
    await connect(page);
    server.line.cut(4403);
    await settle();
    expect(page.client.state).toBe('failed');
    return page;
  };

  test.each(['pageshow', 'resume', 'publish'] as const)(
    '[G2.6] takes nothing over that another tab left, and holds no lock, after %s',
    async (what) => {
      const page = await failed();
      server.accepts = false;
      const dying = openPage();
      void publish(dying, 'left');
      await settle();
      dying.crash();
      await pass(10);
      if (what === 'publish') void publish(page, 'own');
      else page.hint(what);
      await settle();

      expect(page.client.outbox.items.map(({ messageId }) => messageId)).toEqual(what === 'publish' ? ['own'] : []);
      expect(store.held).toEqual([]);
      server.accepts = true;
      await connect(openPage());
      expect(stored()).toEqual(what === 'publish' ? ['left', 'own'] : ['left']);
    },
  );

  test('[G2.6] what it publishes is sent by a tab that is let in, and its promise hears of it', async () => {
    const page = await failed();
    const working = openPage();
    await connect(working);
    const published = publish(page, 'a');
    await pass(1_000);

    await expect(published).resolves.toMatchObject({ messageId: 'a' });
    expect([stored(), page.client.outbox.size, store.kept]).toEqual([['a'], 0, []]);
  });

  test.each(['connect', 'join'] as const)(
    '[G1.2] keeps what it publishes, in order, and sends it after %s()',
    async (what) => {
      const page = await failed();
      const all: Promise<unknown>[] = [];
      for (const messageId of ['a', 'b', 'c']) {
        all.push(publish(page, messageId));
        await settle();
      }
      expect(store.kept).toEqual(['a', 'b', 'c']);
      void (what === 'join' ? page.client.room('lobby').join() : page.client.connect());
      await server.flush();

      await Promise.all(all);
      expect([stored(), page.client.outbox.size, store.kept]).toEqual([['a', 'b', 'c'], 0, []]);
    },
  );
});

test.each(['connect', 'join', 'publish'] as const)(
  '[G2.2] %s() in whose course a handler closes the client rejects, and nothing is kept or locked after it',
  async (what) => {
    const page = openPage();
    page.client.on('state', ({ current }) => void (current === 'connecting' && page.client.close()));
    const room = page.client.room('lobby');
    const asked = what === 'connect' ? page.client.connect() : what === 'join' ? room.join() : publish(page, 'a');

    await expect(Promise.race([asked, settle()])).rejects.toMatchObject({ code: 'closed' });
    await pass(10_000);
    expect([store.records.size, store.held, page.client.outbox.size]).toEqual([0, [], 0]);
    expect([server.lines.every(({ state }) => state === 'closed'), room.state]).toEqual([true, 'left']);
  },
);
