import { describe, expect, test, vi } from 'vitest';
import type { ConnectionStateEvent } from '../api.ts';
import { pass, stage, useVirtualTime, type Stage } from '../client.contract.ts';

useVirtualTime();

/** `state reason` of every change. */
function statesOf({ client }: Stage): string[] {
  const states: string[] = [];
  client.on('state', ({ current, reason }) => states.push(`${current} ${reason}`));
  return states;
}

async function connected(given: Stage): Promise<Stage> {
  void given.client.connect();
  await given.server.settle();
  expect(given.client.state).toBe('connected');
  return given;
}

describe('opening', () => {
  test('nothing is dialled before it is asked for', () => {
    const { server, client } = stage();
    client.room('lobby');

    expect(client.state).toBe('idle');
    expect(server.network.sockets).toEqual([]);
  });

  test('connect resolves at the welcome; user and instance are known then', async () => {
    const { server, client } = stage();
    const promise = client.connect();
    await server.settle();

    await promise;
    expect(client).toMatchObject({ state: 'connected', user: 'alice', instance: 'i1' });
    expect(server.network.socket.protocol).toBe('holdline.v1');
    expect(server.network.socket.received('hello')[0]).toMatchObject({ user: 'alice', joins: [] });
  });

  test('a server that never answers is given up after the deadline, and the list of URLs is gone through', async () => {
    const given = stage({ url: ['ws://one/', 'ws://two/'], connectTimeoutMs: 3_000 });
    given.server.isAccepting = false;
    const states = statesOf(given);

    void given.client.connect();
    await pass(given.server, 8_000);

    expect(states.slice(0, 3)).toEqual(['connecting requested', 'reconnecting connect_failed', 'reconnecting retry']);
    expect(given.server.network.sockets.slice(0, 3).map(({ url }) => url)).toEqual([
      'ws://one/',
      'ws://two/',
      'ws://one/',
    ]);
  });

  test('a URL function is asked for each attempt', async () => {
    const url = vi.fn(() => 'ws://asked/');
    const given = await connected(stage({ url }));
    given.server.network.socket.cut();
    await pass(given.server, 1_000);

    expect(url).toHaveBeenCalledTimes(2);
  });

  test('a socket that cannot even be made is an attempt that failed', async () => {
    class Broken {
      constructor() {
        throw new Error('no sockets here');
      }
    }
    const given = stage({ WebSocket: Broken as never });
    const events: ConnectionStateEvent[] = [];
    given.client.on('state', (event) => events.push(event));

    void given.client.connect();
    await pass(given.server, 0);

    expect(events.at(-1)).toMatchObject({ current: 'reconnecting', reason: 'connect_failed' });
    expect((events.at(-1)?.error?.cause as Error).message).toBe('no sockets here');
  });

  test('no URL at all is refused at once', () => {
    expect(() => stage({ url: [] })).toThrow('bad_options');
  });
});

describe('coming back', () => {
  test('a lost connection comes back by itself, and says when', async () => {
    const given = await connected(stage({ backoff: { minMs: 1_000 } }));
    const events: ConnectionStateEvent[] = [];
    given.client.on('state', (event) => events.push(event));

    given.server.network.socket.cut();
    expect(given.client).toMatchObject({ state: 'reconnecting', instance: null });
    await pass(given.server, 1_000);

    expect(events.map(({ current, reason, retryInMs }) => [current, reason, retryInMs])).toEqual([
      ['reconnecting', 'lost', 1_000],
      ['reconnecting', 'retry', null],
      ['connected', 'welcome', null],
    ]);
  });

  test('waits double up to the bound, and start anew only after a stable time', async () => {
    const given = stage({ backoff: { minMs: 1_000, maxMs: 4_000, stableAfterMs: 5_000 } });
    const waits: (number | null)[] = [];
    given.client.on('state', ({ reason, retryInMs }) => reason === 'lost' && waits.push(retryInMs));
    await connected(given);

    for (let round = 0; round < 4; round += 1) {
      given.server.network.socket.cut();
      await pass(given.server, 4_000);
    }
    await pass(given.server, 5_000);
    given.server.network.socket.cut();

    expect(waits).toEqual([1_000, 2_000, 4_000, 4_000, 1_000]);
  });

  test('connect does not wait for the backoff', async () => {
    const given = await connected(stage({ backoff: { minMs: 60_000, maxMs: 60_000 } }));
    given.server.network.socket.cut();

    void given.client.connect();
    await given.server.settle();

    expect(given.client.state).toBe('connected');
  });

  test('a socket that was given up cannot disturb its successor', async () => {
    const given = await connected(stage());
    const old = given.server.network.socket;
    old.cut();
    await pass(given.server, 1_000);
    expect(given.client.state).toBe('connected');

    old.closeLate(4403);
    old.onmessage?.({ data: '{"type":"notice","notice":"draining","moveInMs":0}' } as never);
    await pass(given.server, 1_000);

    expect(given.client.state).toBe('connected');
    expect(given.server.network.sockets).toHaveLength(2);
  });

  test('a server that drains is left when it says, and joins and publishes go on at the next', async () => {
    const given = await connected(stage({ url: ['ws://one/', 'ws://two/'] }));
    const room = given.client.room('lobby');
    const seen: unknown[] = [];
    room.on('message', ({ data }) => void seen.push(data));
    void room.join();
    await given.server.settle();

    given.server.network.socket.toClient.push({ type: 'notice', notice: 'draining', moveInMs: 3_000 });
    await pass(given.server, 2_000);
    expect(given.server.network.sockets).toHaveLength(1);
    given.server.publish('lobby', 'before');
    await pass(given.server, 2_000);
    given.server.publish('lobby', 'after');
    await pass(given.server, 1_000);

    expect(given.server.network.sockets.map(({ url }) => url)).toEqual(['ws://one/', 'ws://two/']);
    expect(seen).toEqual(['before', 'after']);
  });
});

describe('a link that is silent', () => {
  test('[G7.5] is asked, and given up after two heartbeats', async () => {
    const given = stage();
    given.server.welcome = { heartbeatMs: 10_000 };
    await connected(given);
    const { socket } = given.server.network;
    const states = statesOf(given);
    given.server.isAccepting = false;

    await vi.advanceTimersByTimeAsync(19_000);
    expect(given.client.state).toBe('connected');
    expect(socket.toServer.filter(({ type }) => type === 'ping').length).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(2_000);

    expect(states[0]).toBe('reconnecting heartbeat_timeout');
  });

  test('[G7.5] and one that answers lives on, with something sent in each heartbeat', async () => {
    const given = stage();
    given.server.welcome = { heartbeatMs: 10_000 };
    await connected(given);

    await pass(given.server, 60_000, 1_000);

    expect(given.server.network.sockets).toHaveLength(1);
    expect(given.server.network.socket.received('ping').length).toBeGreaterThanOrEqual(5);
  });

  test('a ping of the server is answered', async () => {
    const given = await connected(stage());
    given.server.network.socket.toClient.push({ type: 'ping' });

    await given.server.settle();

    expect(given.server.network.socket.received('pong')).toHaveLength(1);
  });

  test.each(['online', 'visibilitychange', 'pageshow', 'resume', 'offline'] as const)(
    'after %s it has a short deadline to answer',
    async (hint) => {
      const given = await connected(stage());
      const states = statesOf(given);
      await vi.advanceTimersByTimeAsync(1_000);

      given.hints.tell(hint);
      await vi.advanceTimersByTimeAsync(3_000);

      expect(states[0]).toBe('reconnecting heartbeat_timeout');
    },
  );

  test('and a hint does no harm to one that answers', async () => {
    const given = await connected(stage());
    const states = statesOf(given);

    given.hints.tell('offline');
    await pass(given.server, 5_000);

    expect(states).toEqual([]);
  });
});

describe('without a network', () => {
  test('retries pause, and go on when it is back', async () => {
    const given = await connected(stage());
    const states = statesOf(given);
    given.hints.offline = true;
    given.server.network.socket.cut();
    await pass(given.server, 20_000);
    expect(states).toEqual(['offline lost']);

    given.hints.offline = false;
    given.hints.tell('online');
    await given.server.settle();

    expect(given.client.state).toBe('connected');
  });

  test('the browser is not believed for ever', async () => {
    const given = await connected(stage());
    given.hints.offline = true;
    given.server.network.socket.cut();

    await pass(given.server, 31_000);

    expect(given.client.state).toBe('connected');
  });

  test('an attempt under way is given up when the network goes', async () => {
    const given = stage();
    given.server.isAccepting = false;
    void given.client.connect();
    await given.server.settle();

    given.hints.tell('offline');

    expect(given.client.state).toBe('offline');
  });
});

describe('tokens', () => {
  test('are fetched for each attempt', async () => {
    const tokens = ['first', 'second'];
    const given = await connected(stage({ auth: () => Promise.resolve(tokens.shift() ?? '') }));
    given.server.network.socket.cut();
    await pass(given.server, 1_000);

    expect(given.server.network.sockets.map((socket) => socket.received('hello')[0]?.token)).toEqual([
      'first',
      'second',
    ]);
  });

  test('a function that fails is asked again, after a pause', async () => {
    let isUp = false;
    const given = stage({ auth: () => (isUp ? Promise.resolve('token') : Promise.reject(new Error('login is down'))) });
    const states = statesOf(given);

    void given.client.connect();
    await pass(given.server, 2_000);
    isUp = true;
    await pass(given.server, 5_000);

    expect(states).toContain('reconnecting auth_failed');
    expect(given.client.state).toBe('connected');
  });

  test('a function that never answers is given up with the attempt', async () => {
    const given = stage({ auth: () => new Promise<string>(() => undefined), connectTimeoutMs: 2_000 });
    const states = statesOf(given);

    void given.client.connect();
    await pass(given.server, 2_500);

    expect(states).toContain('reconnecting connect_failed');
  });

  test('[G8.3] a refused token is fetched once more, and then the client fails', async () => {
    const auth = vi.fn(() => 'stale');
    const given = stage({ auth });
    given.server.isAccepting = false;
    const promise = given.client.connect();
    const outcome = expect(promise).rejects.toMatchObject({ code: 'unauthorized' });

    for (let round = 0; round < 2; round += 1) {
      await given.server.settle();
      given.server.network.socket.accept();
      given.server.network.socket.cut(4401);
    }
    await given.server.settle();

    await outcome;
    expect(auth).toHaveBeenCalledTimes(2);
    expect(given.client.state).toBe('failed');
  });

  test('[G8.3] a token is renewed before its end, on the same connection', async () => {
    const tokens = ['first', 'second', 'third'];
    const given = stage({ auth: () => tokens.shift() ?? '' });
    given.server.welcome = { time: 1_000_000, expiresAt: 1_000_000 + 100_000 };
    await connected(given);

    await pass(given.server, 79_000, 1_000);
    expect(given.server.network.socket.received('auth')).toEqual([]);
    await pass(given.server, 2_000, 1_000);

    expect(given.server.network.socket.received('auth')).toEqual([{ type: 'auth', token: 'second' }]);
    expect(given.server.network.sockets).toHaveLength(1);
  });

  test('a renewal that fails is reported, and tried again while the token lasts', async () => {
    const answers = [() => 'first', () => Promise.reject(new Error('down')), () => 'second'];
    const given = stage({ auth: () => (answers.shift() ?? (() => 'more'))() });
    given.server.welcome = { time: 0, expiresAt: 100_000 };
    const errors: string[] = [];
    given.client.on('error', ({ code }) => errors.push(code));
    await connected(given);

    await pass(given.server, 97_000, 1_000);

    expect(errors).toEqual(['auth_failed']);
    expect(given.server.network.socket.received('auth')).toEqual([{ type: 'auth', token: 'second' }]);
  });

  test('a token of ten years is not renewed without pause', async () => {
    const auth = vi.fn(() => 'token');
    const given = stage({ auth });
    given.server.welcome = { time: 0, expiresAt: 10 * 365 * 86_400_000 };
    await connected(given);

    await pass(given.server, 60_000, 5_000);

    expect(auth).toHaveBeenCalledTimes(1);
  });
});

describe('refusals', () => {
  test('a code of 44xx ends the client until it is asked to connect again', async () => {
    const given = await connected(stage());
    given.server.network.socket.cut(4403);
    expect(given.client.state).toBe('failed');
    await pass(given.server, 60_000, 5_000);
    expect(given.server.network.sockets).toHaveLength(1);

    void given.client.connect();
    await given.server.settle();

    expect(given.client.state).toBe('connected');
  });

  test('an error before the welcome is the reason', async () => {
    const given = stage();
    given.server.isAccepting = false;
    const states = statesOf(given);
    void given.client.connect();
    await given.server.settle();
    const { socket } = given.server.network;
    socket.accept();

    socket.toClient.push({ type: 'error', code: 'too_many_connections', retry: 'backoff' });
    socket.deliver();

    expect(states.at(-1)).toBe('reconnecting too_many_connections');
  });

  test('[G2.5] a server that sees another user than the application said is not used', async () => {
    const given = stage({ user: 'alice' });
    given.server.welcome = { user: 'bob' as never };
    const promise = given.client.connect();
    const outcome = expect(promise).rejects.toMatchObject({ code: 'user_changed' });

    await given.server.settle();

    await outcome;
    expect(given.client.state).toBe('failed');
  });

  test('[G2.5] nor one that suddenly sees another, anonymous or named', async () => {
    const given = stage();
    const anonymous = stage({ user: undefined as never }, given.server);
    given.server.welcome = { user: null };
    await connected(anonymous);

    given.server.welcome = { user: 'alice' as never };
    given.server.network.socket.cut();
    await pass(given.server, 1_000);

    expect(anonymous.client.state).toBe('failed');
  });

  test('[G7.6] a frame that makes no sense is reported, and the connection lives on', async () => {
    const given = await connected(stage());
    const errors: string[] = [];
    given.client.on('error', ({ code }) => errors.push(code));

    given.server.network.socket.toClient.push('no JSON', '{"type":"news"}', 'null', '{"type":"batch"}');
    await given.server.settle();

    expect(errors.every((code) => code === 'bad_frame')).toBe(true);
    expect(errors.length).toBeGreaterThan(0);
    expect(given.client.state).toBe('connected');
  });
});

describe('the end', () => {
  test('close is final, tells what waits, and may be repeated', async () => {
    const given = stage();
    given.server.isAccepting = false;
    const states = statesOf(given);
    const promise = given.client.connect();
    const outcome = expect(promise).rejects.toMatchObject({ code: 'closed' });

    await given.client.close();
    await given.client.close();

    await outcome;
    await expect(given.client.connect()).rejects.toMatchObject({ code: 'closed' });
    await expect(given.client.room('lobby').join()).rejects.toMatchObject({ code: 'closed' });
    await expect(given.client.room('lobby').publish('text', 1)).rejects.toMatchObject({ code: 'closed' });
    expect(states).toEqual(['connecting requested', 'closed requested']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a client that was created and closed does not stand in the way of the next', async () => {
    const first = stage();
    void first.client.connect();
    await first.client.close();
    const second = await connected(stage({}, first.server));

    expect(second.client.state).toBe('connected');
  });

  test('close with flush waits for the outbox, but not for ever', async () => {
    const given = await connected(stage());
    const publish = given.client.room('lobby').publish('text', 1);
    const closing = given.client.close({ flush: true });
    await pass(given.server, 200, 50);
    await closing;
    await expect(publish).resolves.toMatchObject({ duplicate: false });

    const stuck = await connected(stage());
    stuck.server.isAnswering = false;
    const lost = stuck.client.room('lobby').publish('text', 1);
    const outcome = expect(lost).rejects.toMatchObject({ code: 'closed' });
    const end = stuck.client.close({ flush: true, timeoutMs: 1_000 });
    await pass(stuck.server, 1_200, 50);

    await end;
    await outcome;
  });
});
