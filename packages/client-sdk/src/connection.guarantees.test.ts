/** What the connection promises over time: states, waits, deadlines, tokens, the end. Serves G7.5, G8.1, G8.3. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { ConnectionStateEvent } from './api.ts';
import { FakePage, type PageOptions } from './testing/fake-page.ts';
import { FakeServer, settle } from './testing/fake-server.ts';
import { connectPage, passTime, useVirtualTime } from './testing/virtual-time.ts';

let server: FakeServer;
let page: FakePage;
let events: ConnectionStateEvent[];

const open = (options?: PageOptions): FakePage => {
  page = new FakePage(server, options);
  events = [];
  page.client.on('state', (event) => void events.push(event));
  return page;
};

useVirtualTime();

beforeEach(() => {
  server = new FakeServer();
  open();
});

const connect = (): Promise<void> => connectPage(server, page);

const pass = async (ms: number): Promise<void> => {
  await server.flush();
  await passTime(server, ms);
};

const dice = (value: number): void => void vi.spyOn(Math, 'random').mockReturnValue(value);

describe('the way to connected', () => {
  test('nothing happens before the first use', async () => {
    await pass(60_000);

    expect(page.client.state).toBe('idle');
    expect(server.lines).toEqual([]);
  });

  test('states and events, from the first connect to close', async () => {
    dice(0.5);
    await connect();
    server.line.cut();
    await pass(250);
    await page.client.close();

    const told = events.map(({ previous, current, reason, retryInMs }) => [previous, current, reason, retryInMs]);
    expect(told).toEqual([
      ['idle', 'connecting', 'requested', null],
      ['connecting', 'connected', 'welcome', null],
      ['connected', 'reconnecting', 'lost', 250],
      ['reconnecting', 'reconnecting', 'retry', null],
      ['reconnecting', 'connected', 'welcome', null],
      ['connected', 'closed', 'requested', null],
    ]);
  });

  test('speaks the subprotocol and says hello first', async () => {
    await connect();

    expect(server.line).toMatchObject({ url: 'ws://fake', protocols: 'holdline.v1' });
    expect(server.line.sent[0]).toMatchObject({ type: 'hello', user: 'alice' });
    expect(page.client).toMatchObject({ state: 'connected', user: 'alice', instance: 'one' });
  });

  test('connect() is one attempt, however often it is called', async () => {
    const all = Promise.all([page.client.connect(), page.client.connect()]);
    await server.flush();
    await all;
    await page.client.connect();

    expect(server.lines).toHaveLength(1);
  });

  test('a list of URLs is gone through on failure', async () => {
    open({ url: ['ws://one', 'ws://two', 'ws://three'] });
    server.accepts = false;
    void page.client.connect();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await settle();
      server.line.cut();
      await vi.advanceTimersByTimeAsync(20_000);
    }

    expect(server.lines.map(({ url }) => url).slice(0, 4)).toEqual(['ws://one', 'ws://two', 'ws://three', 'ws://one']);
  });

  test('a function is asked for the URL each time; one that throws is a failure that passes', async () => {
    let calls = 0;
    open({
      url: () => {
        calls += 1;
        if (calls === 1) throw new Error('not yet');
        return `ws://number-${calls}`;
      },
    });
    const connected = page.client.connect();
    await server.flush();
    await pass(500);
    await connected;

    expect(server.line.url).toBe('ws://number-2');
    expect(events[1]).toMatchObject({ current: 'reconnecting', reason: 'connect_failed' });
  });

  test('options without sense are refused at once', () => {
    for (const url of ['', []]) {
      expect(() => open({ url })).toThrow(expect.objectContaining({ code: 'bad_options' }));
    }
    expect(() => page.client.room('no spaces')).toThrow(expect.objectContaining({ code: 'bad_room' }));
  });
});

describe('backoff', () => {
  test.each([0, 0.5, 0.999])(
    'full jitter: with %d each wait is that part of a ceiling that doubles up to 20 s',
    async (value) => {
      dice(value);
      server.accepts = false;
      void page.client.connect();
      for (let failure = 0; failure < 8; failure += 1) {
        await settle();
        server.line.cut();
        await vi.advanceTimersByTimeAsync(events.at(-1)!.retryInMs!);
      }
      const ceilings = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000];
      const waits = events.flatMap(({ retryInMs }) => (retryInMs === null ? [] : [retryInMs]));

      expect(waits).toEqual(ceilings.map((ceiling) => Math.round(ceiling * value)));
    },
  );

  test('starts over only after the connection has lasted', async () => {
    dice(0.999);
    const waitAfter = async (upMs: number): Promise<number> => {
      await pass(upMs);
      server.line.cut();
      const { retryInMs } = events.at(-1)!;
      await pass(retryInMs!);
      return retryInMs!;
    };
    await connect();

    expect([await waitAfter(9_000), await waitAfter(9_000), await waitAfter(9_000)]).toEqual([500, 999, 1_998]);
    expect(await waitAfter(10_000)).toBe(500);
  });

  test('connect() does not wait for it', async () => {
    dice(0.999);
    await connect();
    server.line.cut();
    await connect();

    expect(server.lines).toHaveLength(2);
    expect(page.client.state).toBe('connected');
  });

  test('a failed attempt leaves no timer behind that opens a second line', async () => {
    await connect();
    for (let cut = 0; cut < 10; cut += 1) {
      server.line.cut();
      void page.client.connect();
      await server.flush();
    }
    await pass(120_000);

    expect(server.lines.filter(({ state }) => state === 'open')).toHaveLength(1);
    expect(server.lines).toHaveLength(11);
  });
});

describe('deadlines', () => {
  test('a socket that never opens is given up', async () => {
    server.accepts = false;
    void page.client.connect();
    await vi.advanceTimersByTimeAsync(10_000);

    expect(server.lines[0]!.closedByClient).toBeDefined();
    expect(events.at(-1)).toMatchObject({ current: 'reconnecting', reason: 'connect_failed' });
  });

  test('[G8.1] a server that does not welcome is given up', async () => {
    server.script = () => [];
    void page.client.connect();
    await pass(10_000);

    expect(server.lines[0]!.closedByClient).toBeDefined();
    expect(events.at(-1)).toMatchObject({ current: 'reconnecting', reason: 'connect_failed' });
  });

  test('an auth function that gives no answer is given up', async () => {
    open({ auth: () => new Promise<never>(() => undefined) });
    void page.client.connect();
    await pass(10_000);

    expect(server.lines).toEqual([]);
    expect(events.at(-1)).toMatchObject({ reason: 'connect_failed' });
  });

  test('[G7.5] the client is never silent for a heartbeat', async () => {
    await connect();
    const before = server.line.sent.length;
    await pass(150_000);

    expect(server.line.sent.length - before).toBeGreaterThanOrEqual(10);
    expect(page.client.state).toBe('connected');
  });

  test('[G7.5] a silent link is dead two heartbeats after its last frame, and not before', async () => {
    await connect();
    server.script = () => [];
    await pass(3_000);
    server.line.deliver({ type: 'pong' });
    await pass(29_999);
    expect(page.client.state).toBe('connected');
    await pass(1);

    expect(events.find(({ reason }) => reason === 'heartbeat_timeout')).toMatchObject({ previous: 'connected' });
    expect(server.lines[0]!.closedByClient).toBeDefined();
  });

  test('[G7.5] any frame is a sign of life', async () => {
    await connect();
    server.script = () => [];
    for (let second = 0; second < 300; second += 10) {
      server.line.deliver({ type: 'pong' });
      await pass(10_000);
    }

    expect(server.lines).toHaveLength(1);
  });

  test('[G7.5] a ping is answered', async () => {
    await connect();
    server.line.deliver({ type: 'ping' });

    expect(server.line.sent.at(-1)).toEqual({ type: 'pong' });
  });

  test.each(['visibilitychange', 'online', 'offline', 'pageshow', 'resume'] as const)(
    '[G7.5] after %s a link that works stays, and a dead one is found within 2.5 s',
    async (hint) => {
      await connect();
      page.hint(hint);
      await pass(2_500);
      await pass(1_000);
      expect(server.lines).toHaveLength(1);

      server.script = () => [];
      await pass(1_000);
      page.hint(hint);
      await vi.advanceTimersByTimeAsync(2_500);
      expect(events.at(-1)).toMatchObject({ current: 'reconnecting', reason: 'heartbeat_timeout' });
    },
  );
});

describe('stale sockets', () => {
  test('what an older socket says is ignored', async () => {
    await connect();
    const [old] = server.lines;
    old!.cut();
    await pass(500);
    const told = events.length;
    old!.onopen?.({} as never);
    old!.deliver(server.greeting('mallory'));
    old!.deliver({ type: 'notice', notice: 'draining', moveInMs: 0 });
    old!.onclose?.({ code: 4403 } as never);
    await pass(5_000);

    expect(events).toHaveLength(told);
    expect(page.client).toMatchObject({ state: 'connected', user: 'alice' });
    expect(server.lines).toHaveLength(2);
  });

  test('a socket that opens after its deadline is not greeted', async () => {
    server.accepts = false;
    void page.client.connect();
    await vi.advanceTimersByTimeAsync(10_000);
    const [late] = server.lines;
    late!.onopen?.({} as never);

    expect(late!.sent).toEqual([]);
  });

  test('a token that comes after its attempt opens nothing', async () => {
    const tokens: ((token: string) => void)[] = [];
    open({ auth: () => new Promise<string>((resolve) => void tokens.push(resolve)) });
    void page.client.connect();
    await settle();
    await page.client.close();
    tokens[0]!('late');
    await pass(1_000);

    expect(server.lines).toEqual([]);
  });
});

describe('tokens', () => {
  test('[G8.3] a refused token is fetched once more, then the client has failed', async () => {
    const auth = vi.fn<() => string>(() => 'token');
    open({ auth });
    const connected = page.client.connect();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await settle();
      server.line.open();
      server.line.cut(4401);
    }
    await settle();

    await expect(connected).rejects.toMatchObject({ code: 'lost', retry: 'after-auth', detail: { closeCode: 4401 } });
    expect(auth).toHaveBeenCalledTimes(2);
    expect(page.client.state).toBe('failed');
    await pass(120_000);
    expect(server.lines).toHaveLength(2);
  });

  test('[G8.3] the second token helps: connected, and a refusal much later is tried again', async () => {
    const auth = vi.fn<() => Promise<string>>(() => Promise.resolve('token'));
    open({ auth });
    void page.client.connect();
    for (let round = 0; round < 3; round += 1) {
      await settle();
      server.line.cut(4401);
      await server.flush();
      expect(page.client.state).toBe('connected');
      await pass(10_000);
    }

    expect(auth).toHaveBeenCalledTimes(6 - 2);
    expect(server.line.sentOf('hello')[0]).toMatchObject({ token: 'token' });
  });

  test('[G8.3] tokens that are good and live for a second each never fail the client; it comes back with pauses', async () => {
    const auth = vi.fn<() => string>(() => 'token');
    open({ auth });
    void page.client.connect();
    for (let second = 0; second < 300; second += 1) {
      await pass(1_000);
      if (page.client.state === 'connected') server.line.cut(4402);
    }

    expect(events.some(({ current }) => current === 'failed')).toBe(false);
    // At once the first time, then half of a ceiling that doubles up to 20 s.
    expect(events.flatMap(({ retryInMs }) => retryInMs ?? []).slice(0, 7)).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 10_000,
    ]);
    expect(auth.mock.calls.length).toBeLessThan(40);
  });

  test('[G8.3] is renewed in band before it ends', async () => {
    let count = 0;
    open({ auth: () => `token-${(count += 1)}` });
    server.welcome = { expiresAt: Date.now() + 100_000 };
    await connect();
    await pass(79_000);
    expect(server.line.sentOf('auth')).toEqual([]);
    await pass(2_000);

    expect(server.line.sentOf('auth')).toEqual([{ type: 'auth', token: 'token-2' }]);
    expect(server.lines).toHaveLength(1);
  });

  test('an auth function that fails is asked again with backoff, and told', async () => {
    const auth = vi.fn<() => Promise<string>>(() => Promise.reject(new Error('identity is down')));
    open({ auth });
    void page.client.connect();
    for (let second = 0; second < 60; second += 1) await pass(1_000);

    expect(server.lines).toEqual([]);
    expect(auth.mock.calls.length).toBeGreaterThan(3);
    expect(auth.mock.calls.length).toBeLessThan(40);
    expect(events.at(-2)).toMatchObject({ current: 'reconnecting' });
    expect(events.some(({ reason }) => reason === 'auth_failed')).toBe(true);
  });
});

describe('a final refusal', () => {
  test.each([4403, 4406, 4499])('%i: failed, nothing more by itself, and connect() starts over', async (code) => {
    await connect();
    server.line.cut(code);
    await pass(120_000);
    expect(page.client.state).toBe('failed');
    expect(server.lines).toHaveLength(1);
    expect(events.at(-1)!.error).toMatchObject({ code: 'lost', retry: 'never', detail: { closeCode: code } });
    await connect();

    expect(page.client.state).toBe('connected');
  });

  test.each([1000, 1001, 1006, 1011, 1012, 4500, 4503, 4529, 4999])('%i: comes back', async (code) => {
    await connect();
    server.line.cut(code);
    await pass(500);

    expect(page.client.state).toBe('connected');
  });

  test('joins and publishes of a failed client wait for connect()', async () => {
    await connect();
    server.line.cut(4403);
    const published = page.client.room('lobby').publish('text', 1);
    const joined = page.client.room('lobby').join();
    await pass(1_000);
    await connect();

    await expect(published).resolves.toMatchObject({ id: '1001-1' });
    await joined;
  });
});

describe('offline and online', () => {
  test('a loss without a network is offline, and online brings it back at once', async () => {
    await connect();
    page.hasNetwork = false;
    server.line.cut();
    expect(page.client.state).toBe('offline');
    page.hasNetwork = true;
    page.hint('online');
    await server.flush();

    expect(page.client.state).toBe('connected');
  });

  test('the browser may be wrong: offline is tried, too', async () => {
    await connect();
    page.hasNetwork = false;
    server.line.cut();
    await pass(30_000);

    expect(page.client.state).toBe('connected');
  });
});

describe('draining', () => {
  test('moves after the time it was told, and loses nothing in flight', async () => {
    const { heard, room } = page.listen('lobby');
    await connect();
    server.line.deliver({ type: 'notice', notice: 'draining', moveInMs: 3_000 });
    server.script = (frame, line) => (frame.type === 'publish' && line === server.lines[0] ? [] : undefined);
    const published = ['a', 'b', 'c'].map((messageId) => room.publish('text', messageId, { messageId }));
    await pass(2_900);
    expect(server.lines).toHaveLength(1);
    // The time that it was told, and a first backoff.
    await pass(700);
    await Promise.all(published);

    expect(server.lines).toHaveLength(2);
    expect(heard).toEqual(['1 text "a"', '2 text "b"', '3 text "c"']);
    expect(events).toContainEqual(expect.objectContaining({ current: 'reconnecting', reason: 'draining' }));
  });

  test('a handler that closes the client on the way leaves no socket behind', async () => {
    const { room } = page.listen('lobby');
    await connect();
    room.on('state', () => void page.client.close());
    server.line.deliver({ type: 'notice', notice: 'draining', moveInMs: 0 });
    await pass(1_000);
    await pass(60_000);

    expect(page.client.state).toBe('closed');
    expect(server.lines.filter(({ state }) => state !== 'closed')).toEqual([]);
    expect(events.filter(({ current }) => current === 'closed')).toHaveLength(1);
  });
});

describe('close', () => {
  test('ends everything: no socket, no timer, no event', async () => {
    await connect();
    await page.client.close();
    const told = events.length;
    await pass(300_000);

    expect(vi.getTimerCount()).toBe(0);
    expect(events).toHaveLength(told);
    expect(server.line.closedByClient).toBe(1000);
  });

  test('in the handler that hears of the connection: no timer, and nothing goes out', async () => {
    const publishing = page.client.room('lobby').publish('text', 1);
    page.client.on('state', ({ current }) => void (current === 'connected' && page.client.close()));
    page.client.connect().catch(() => undefined);
    await server.flush();

    expect(vi.getTimerCount()).toBe(0);
    await expect(publishing).rejects.toMatchObject({ code: 'closed' });
    expect(server.publishes).toEqual([]);
    expect(page.outcomes.filter((outcome) => outcome.startsWith('sent'))).toEqual([]);
  });

  test('during connecting: the promise rejects, and nothing opens later', async () => {
    server.accepts = false;
    const connected = page.client.connect();
    await settle();
    await page.client.close();
    await expect(connected).rejects.toMatchObject({ code: 'closed' });
    server.accepts = true;
    await pass(60_000);

    expect(server.lines.filter(({ state }) => state === 'open')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('afterwards everything is refused, and close() may be repeated', async () => {
    await connect();
    await page.client.close();
    await page.client.close();
    expect(events.filter(({ current }) => current === 'closed')).toHaveLength(1);

    const room = page.client.room('lobby');
    await expect(page.client.connect()).rejects.toMatchObject({ code: 'closed' });
    await expect(room.join()).rejects.toMatchObject({ code: 'closed' });
    await expect(room.publish('text', 1)).rejects.toMatchObject({ code: 'closed' });
    room.signal('typing', 1);
    room.leave();
    expect(server.lines).toHaveLength(1);
  });

  test('with flush: waits for the outbox', async () => {
    await connect();
    const published = page.client.room('lobby').publish('text', 1);
    const closed = page.client.close({ flush: true });
    await server.flush();
    await vi.advanceTimersByTimeAsync(100);
    await closed;

    await expect(published).resolves.toMatchObject({ id: '1001-1' });
  });

  test('with flush: not longer than its timeout', async () => {
    server.accepts = false;
    const published = page.client.room('lobby').publish('text', 1);
    const closed = page.client.close({ flush: true, timeoutMs: 3_000 });
    await vi.advanceTimersByTimeAsync(3_100);
    await closed;

    await expect(published).rejects.toMatchObject({ code: 'closed' });
  });

  test('a room of the outbox that rests leaves no timer behind', async () => {
    await connect();
    server.script = (frame) => {
      if (frame.type !== 'publish') return undefined;
      const { room, messageId } = frame;
      return [{ type: 'nack', room, messageId, code: 'unavailable', retry: 'backoff' }];
    };
    const published = page.client.room('lobby').publish('text', 1);
    await server.flush();
    expect(page.client.outbox.items[0]!.state).toBe('queued');
    await page.client.close();

    expect(vi.getTimerCount()).toBe(0);
    await expect(published).rejects.toMatchObject({ code: 'closed' });
  });

  test('a token that cannot be fetched any more, and a flush that close() overtakes, leave no timer behind', async () => {
    server.welcome = { expiresAt: Date.now() + 10_000 };
    const tokens: ((error: Error) => void)[] = [];
    open({
      auth: () =>
        new Promise((resolve, reject) => {
          tokens.push(reject);
          if (tokens.length === 1) resolve('first');
        }),
    });
    await connect();
    await pass(9_000);
    expect(tokens).toHaveLength(2);
    server.script = () => [];
    void page.client.room('lobby').publish('text', 1);
    await server.flush();
    const flushed = page.client.close({ flush: true });
    await page.client.close();
    tokens[1]!(new Error('too late'));
    await vi.advanceTimersByTimeAsync(50);
    await flushed;

    expect(vi.getTimerCount()).toBe(0);
  });

  test('a room that waits to try again leaves no timer behind, by close or by leave', async () => {
    const refusal = { type: 'error', code: 'unavailable', retry: 'backoff', request: 'join', room: 'lobby', ref: 1 };
    const { room } = page.listen('lobby');
    const joined = room.join();
    await settle();
    server.line.open();
    server.line.deliver(server.greeting('alice'));
    server.line.deliver(JSON.stringify(refusal));
    expect(room.state).toBe('degraded');
    const waiting = vi.getTimerCount();
    room.leave();
    expect(vi.getTimerCount()).toBe(waiting - 1);
    await expect(joined).rejects.toMatchObject({ code: 'left' });
    const again = room.join();
    server.line.deliver(JSON.stringify({ ...refusal, ref: 2 }));
    expect(room.state).toBe('degraded');
    await page.client.close();

    await expect(again).rejects.toMatchObject({ code: 'closed' });
    expect(room.state).toBe('left');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('create, close, create, as React Strict Mode does, leaves one line', async () => {
    void page.client.connect();
    const closing = page.client.close();
    open();
    const { heard } = page.listen('lobby');
    await server.flush();
    await closing;
    server.append('lobby', 'text', 'hi');
    await pass(1_000);

    expect(heard).toEqual(['1 text "hi"']);
    expect(server.lines.filter(({ state }) => state === 'open')).toHaveLength(1);
  });
});

describe('where there is no browser', () => {
  test('import and creation touch nothing: no window, indexedDB, WebSocket or timer', async () => {
    vi.stubGlobal('window', undefined);
    vi.stubGlobal('indexedDB', undefined);
    vi.stubGlobal('navigator', undefined);
    vi.stubGlobal('WebSocket', undefined);
    vi.resetModules();
    const { createClient } = await import('./index.ts');
    const client = createClient({ url: 'ws://fake' });
    client.room('lobby').on('message', () => undefined);

    expect([client.state, client.user, client.outbox.size, client.room('lobby').state]).toEqual([
      'idle',
      null,
      0,
      'left',
    ]);
    expect(vi.getTimerCount()).toBe(0);
    await client.close();
    vi.unstubAllGlobals();
  });

  test('storage auto without IndexedDB: storage-degraded, and messages go out from memory', async () => {
    vi.stubGlobal('indexedDB', undefined);
    open({ storage: 'auto' });
    const degraded: string[] = [];
    page.client.on('storage-degraded', ({ code }) => void degraded.push(code));
    const published = page.client.room('lobby').publish('text', 1);
    await server.flush();
    vi.unstubAllGlobals();

    await expect(published).resolves.toMatchObject({ id: '1001-1' });
    expect(degraded).toEqual(['storage_failed']);
  });
});
