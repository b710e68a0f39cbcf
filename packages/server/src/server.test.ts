import { eventually } from '@holdline/testkit';
import { SignJWT } from 'jose';
import { afterEach, expect, test, vi } from 'vitest';
import type { RoomId } from '@holdline/protocol';
import { createEmbeddedBroker } from './embedded-engine.ts';
import { closeAll, startServer, TestClient, type TestServer } from './server.kit.ts';

// Seconds when the machine is idle; a loaded one is no failure.
vi.setConfig({ testTimeout: 30_000 });

afterEach(closeAll);

const SECRET = 'a shared secret of thirty-two bytes or more';
const LOBBY = { room: 'lobby' };
const range = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `m${from + i}`);

function token(claims: Record<string, unknown>, livesForS = 3600): Promise<string> {
  const exp = Math.ceil(Date.now() / 1000) + livesForS;
  return new SignJWT({ exp, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET));
}

const ready = async ({ server }: TestServer, query = ''): Promise<{ code: number; status: string }> => {
  const response = await fetch(`http://127.0.0.1:${server.port}/readyz${query}`);
  return { code: response.status, ...((await response.json()) as { status: string }) };
};

test('[G1.1] members at two instances see the same messages in the same order', async () => {
  const broker = createEmbeddedBroker();
  const [here, there] = [await startServer({}, broker), await startServer({}, broker)];
  const [alice, bob] = [
    await TestClient.connect(here, { joins: [LOBBY] }),
    await TestClient.connect(there, { joins: [LOBBY] }),
  ];
  await Promise.all([alice.next('live'), bob.next('live')]);

  for (let n = 0; n < 100; n++) {
    alice.publish('lobby', `a${n}`);
    bob.publish('lobby', `b${n}`);
  }
  await Promise.all([alice.next('message', 200), bob.next('message', 200)]);

  expect(alice.of('welcome')[0]!.instance).not.toBe(bob.of('welcome')[0]!.instance);
  expect(alice.messageIds()).toEqual(bob.messageIds());
  expect(alice.messageIds().filter((id) => id.startsWith('a'))).toEqual(Array.from({ length: 100 }, (_, n) => `a${n}`));
});

test('[G2.3] who comes back at another instance gets everything after its cursor, in one round trip', async () => {
  const broker = createEmbeddedBroker();
  const options = { ratePerSecond: 10_000, rateBurst: 10_000 };
  const [here, there] = [await startServer(options, broker), await startServer(options, broker)];
  const publisher = await TestClient.connect(here);
  const away = await TestClient.connect(here, { joins: [LOBBY] });
  await away.next('live');
  publisher.publish('lobby', 'm1');
  const last = await away.next('message');
  away.socket.terminate();
  for (let n = 2; n <= 1500; n++) {
    publisher.publish('lobby', `m${n}`, n, {});
    // As many as may be in flight.
    if (n % 250 === 0) await publisher.until(() => publisher.of('ack').length === n);
  }

  const back = await TestClient.connect(there, {
    joins: [{ ...LOBBY, since: `${last.id}~${last.messageId}`, ref: 1 }],
  });
  await back.next('live');

  expect(back.messageIds()).toEqual(range(2, 1500));
  expect(back.of('joined')[0]).toMatchObject({ ref: 1, cursor: `${last.id}~${last.messageId}` });
  expect(back.of('gap')).toEqual([]);
});

test('starting at the oldest, at the last k, at none', async () => {
  const target = await startServer();
  const client = await TestClient.connect(target);
  for (const id of range(1, 10)) client.publish('lobby', id);
  await client.next('ack', 10);

  for (const [i, since] of ['start', { last: 3 }, { last: 0 }, { last: 99 }].entries()) {
    const reader = await TestClient.connect(target, { joins: [{ ...LOBBY, since }] });
    await reader.next('live');
    expect(reader.messageIds()).toEqual([range(1, 10), range(8, 10), [], range(1, 10)][i]);
  }
});

test('binary payloads travel as base64 and come out as they went in', async () => {
  const client = await TestClient.connect(await startServer(), { joins: [LOBBY] });
  const base64 = Buffer.from([0, 255, 128, 10]).toString('base64');

  client.send({ type: 'publish', ...LOBBY, event: 'image', messageId: 'm1', base64 });

  const message = await client.next('message');
  expect(message).toMatchObject({ event: 'image', base64 });
  expect('data' in message).toBe(false);
});

test('a signal reaches live members at every instance, the sender included', async () => {
  const broker = createEmbeddedBroker();
  const [here, there] = [await startServer({}, broker), await startServer({}, broker)];
  const alice = await TestClient.connect(here, { user: 'alice', joins: [LOBBY] });
  const bob = await TestClient.connect(there, { joins: [LOBBY] });
  await Promise.all([alice.next('live'), bob.next('live')]);

  alice.send({ type: 'signal', ...LOBBY, event: 'typing', data: { on: true } });

  for (const client of [alice, bob]) {
    expect(await client.next('signal')).toMatchObject({ event: 'typing', sender: 'alice', data: { on: true } });
  }
});

test('[G5.1] while the store is away members stay, are told, and get everything afterwards', async () => {
  const target = await startServer();
  const client = await TestClient.connect(target, { joins: [LOBBY] });
  await client.next('live');

  await target.controls.goAway();
  expect(await client.next('notice')).toMatchObject({ notice: 'degraded' });
  client.publish('lobby', 'm1');
  expect(await client.next('nack')).toMatchObject({ code: 'unavailable', retry: 'backoff' });
  client.send({ type: 'join', room: 'other', ref: 9 });
  expect(await client.next('error')).toMatchObject({ code: 'unavailable', ref: 9, retry: 'backoff' });
  expect(await ready(target)).toMatchObject({ code: 200, status: 'degraded' });
  expect(await ready(target, '?strict=1')).toMatchObject({ code: 503 });
  const late = await TestClient.connect(target, { joins: [LOBBY] });
  await late.next('live');
  // Behind the entrance as well: a client counts it for the rooms that it is in.
  expect(await late.next('notice', 2)).toMatchObject({ notice: 'degraded' });
  await target.controls.comeBack();
  expect(await client.next('notice', 2)).toMatchObject({ notice: 'restored' });
  client.publish('lobby', 'm1', 'm1', { retry: true });

  await client.next('message');
  expect(await ready(target, '?strict=1')).toMatchObject({ code: 200, status: 'ok' });
});

test('[G5.1] an instance that heard nothing for a while is told degraded, refilled, restored', async () => {
  const broker = createEmbeddedBroker();
  const deaf = await startServer({ instance: 'deaf' }, broker);
  const other = await startServer({ instance: 'other' }, broker);
  const member = await TestClient.connect(deaf, { joins: [LOBBY] });
  const publisher = await TestClient.connect(other);
  await member.next('live');

  await deaf.controls.cutFeed('deaf');
  for (const id of range(1, 50)) publisher.publish('lobby', id);
  await publisher.next('ack', 50);
  expect(member.messageIds()).toEqual([]);
  await deaf.controls.healFeed('deaf');
  await member.next('message', 50);
  await member.next('notice', 2);

  expect(member.messageIds()).toEqual(range(1, 50));
  expect(member.of('notice').map(({ notice }) => notice)).toEqual(['degraded', 'restored']);
});

test('[G7.1] a reader that takes nothing is left behind, harms nobody, and is closed so that it can resume', async () => {
  const target = await startServer({ stallMs: 300, heartbeatMs: 60_000 });
  const slow = await TestClient.connect(target, { joins: [LOBBY] });
  const quick = await TestClient.connect(target, { joins: [LOBBY] });
  await Promise.all([slow.next('live'), quick.next('live')]);
  slow.socket.pause();

  const payload = 'x'.repeat(50_000);
  for (let n = 1; n <= 400; n += 20) {
    for (let i = 0; i < 20; i++) quick.publish('lobby', `m${n + i}`, payload);
    await quick.next('ack', n + 19);
  }
  await eventually(() => target.server.metrics.value('slow_consumers_closed') === 1);

  await quick.next('message', 400);
  expect(target.server.metrics.value('members_left_behind')).toBe(1);
  expect(target.server.metrics.value('slow_consumers_closed')).toBe(1);
});

test('[G7.1] a reader that takes little gets everything in the end', async () => {
  const target = await startServer({ maxSocketBytes: 4096, windowBytes: 8192, heartbeatMs: 60_000 });
  const slow = await TestClient.connect(target, { joins: [LOBBY] });
  const quick = await TestClient.connect(target);
  await slow.next('live');

  slow.socket.pause();
  for (let n = 1; n <= 300; n += 20) {
    for (let i = 0; i < 20; i++) quick.publish('lobby', `m${n + i}`, 'x'.repeat(30_000));
    await quick.next('ack', n + 19);
  }
  slow.socket.resume();
  await slow.next('message', 300);

  expect(slow.messageIds()).toEqual(range(1, 300));
  expect(slow.of('live')).toHaveLength(1);
});

test('[G7.5] a silent client is closed within two heartbeats, one that answers is not', async () => {
  const target = await startServer({ heartbeatMs: 100 });
  const silent = await TestClient.connect(target);
  const lively = await TestClient.connect(target);
  lively.socket.on('message', (data: Buffer) => {
    if (data.toString() === '{"type":"ping"}') lively.send({ type: 'pong' });
  });

  expect((await silent.closed).code).toBe(4509);
  await lively.next('ping', 4);
  expect(lively.socket.readyState).toBe(lively.socket.OPEN);
});

test('[G8.4] without a permission: a code for each request, and nothing is stored or heard', async () => {
  const target = await startServer({ auth: { jwtSecret: SECRET } });
  const rooms = { all: ['join', 'publish', 'signal', 'history'], live: ['join'] };
  const client = await TestClient.connect(target, { token: await token({ sub: 'alice', rooms }) });
  client.publish('all', 'm1');
  await client.next('ack');

  for (const since of ['live', 'start', { last: 1 }]) client.send({ type: 'join', room: 'live', since });
  client.send({ type: 'join', room: 'none' });
  client.publish('live', 'm2');
  client.send({ type: 'signal', room: 'live', event: 'typing', data: 1 });
  await client.next('error', 4);
  await client.next('live');

  expect(
    client
      .of('error')
      .map(({ code, request, room }) => `${request} ${room} ${code}`)
      .toSorted(),
  ).toEqual(['join live forbidden', 'join live forbidden', 'join none forbidden', 'signal live forbidden']);
  expect(client.of('nack')).toMatchObject([{ messageId: 'm2', code: 'forbidden', retry: 'never' }]);
});

test('[G8.3] no token, a bad one, one that has ended: each closes with what to do about it', async () => {
  const target = await startServer({ auth: { jwtSecret: SECRET } });

  for (const [shown, code] of [
    [undefined, 4401],
    ['nonsense', 4401],
    [await token({ sub: 'alice' }, -10), 4402],
  ] as const) {
    const client = await TestClient.open(target);
    client.send({ type: 'hello', client: 'test', token: shown });
    expect((await client.closed).code).toBe(code);
  }
});

test('[G8.3] a connection ends with its token', async () => {
  const target = await startServer({ auth: { jwtSecret: SECRET } });
  const client = await TestClient.connect(target, { token: await token({ sub: 'alice' }, 1) });

  expect(client.of('welcome')[0]).toMatchObject({ user: 'alice' });
  expect((await client.closed).code).toBe(4402);
});

test('[G8.3] [G8.4] a refresh prolongs, may not change the user, and leaves what is no longer permitted', async () => {
  const target = await startServer({ auth: { jwtSecret: SECRET } });
  const first = await token({ sub: 'alice', rooms: { '*': ['join', 'publish'] } }, 2);
  const client = await TestClient.connect(target, { token: first, joins: [{ room: 'keep' }, { room: 'lose' }] });
  await client.next('live', 2);

  client.send({ type: 'auth', token: 'nonsense' });
  client.send({ type: 'auth', token: await token({ sub: 'bob' }) });
  client.send({ type: 'auth', token: await token({ sub: 'alice', rooms: { keep: ['join', 'publish'] } }) });
  await client.next('left');
  client.publish('keep', 'm1');
  await client.next('message');

  expect(client.of('error').map(({ code }) => code)).toEqual(['unauthorized', 'user_changed']);
  const lines = target.log.map((line) => JSON.parse(line) as Record<string, unknown>);
  const refused = lines.filter(({ message }) => message === 'refresh refused');
  expect(refused.map(({ code, reason }) => ({ code, reason }))).toEqual([
    { code: 'unauthorized', reason: 'ERR_JWS_INVALID' },
    { code: 'user_changed', reason: undefined },
  ]);
  expect(client.of('authenticated')).toHaveLength(1);
  expect(client.of('left')).toEqual([{ type: 'left', room: 'lose', code: 'forbidden' }]);
});

test('a function of the application that always fails is counted each time, and fills no log', async () => {
  const fail = (): never => {
    throw new Error('the database is away');
  };
  const target = await startServer({
    onMessage: fail,
    authorize: ({ permission }) => permission === 'publish' || fail(),
  });
  const client = await TestClient.connect(target);
  const rooms = Array.from({ length: 20 }, (_, i) => `other${i}`);

  for (const room of rooms) client.send({ type: 'join', room });
  for (const room of rooms) client.publish(room, 'm1');
  await Promise.all([client.next('error', 20), client.next('nack', 20)]);

  expect(client.of('nack').map(({ code, retry }) => `${code} ${retry}`)).toEqual(rooms.map(() => 'internal backoff'));
  // A join asks for `join` and for `history`.
  expect(target.server.metrics.value('faults')).toBe(60);
  for (const what of ['authorize failed', 'onMessage failed']) {
    expect(target.log.filter((line) => line.includes(what))).toHaveLength(5);
  }
});

test('functions of the application decide who comes in, what they may, and what is stored', async () => {
  const asked: string[] = [];
  const target = await startServer({
    auth: { authenticate: ({ token: shown }) => (shown === 'good' ? { user: 'alice' } : null) },
    authorize: ({ user, room, permission }) => {
      asked.push(`${user} ${room} ${permission}`);
      return Promise.resolve(room === 'lobby');
    },
    onMessage: ({ data }) => data !== 'spam',
  });
  const client = await TestClient.connect(target, { token: 'good', joins: [LOBBY, { room: 'other' }] });

  client.publish('lobby', 'm1', 'spam');
  client.publish('lobby', 'm2', 'fine');
  await client.next('message');
  await client.next('error');

  expect(client.of('nack')).toMatchObject([{ messageId: 'm1', code: 'bad_data' }]);
  expect(client.of('error')).toMatchObject([{ room: 'other', code: 'forbidden' }]);
  expect(asked).toContain('alice lobby publish');
});

test('drain: not ready, told to move, publishes answered, joins and new publishes refused, then closed', async () => {
  const target = await startServer();
  const client = await TestClient.connect(target, { joins: [LOBBY] });
  await client.next('live');
  client.publish('lobby', 'm1');
  await client.next('ack');

  const closing = target.server.close({ drainMs: 600 });
  const notice = await client.next('notice');
  client.publish('lobby', 'm2');
  client.send({ type: 'join', room: 'other' });
  await client.next('nack');
  await client.next('error');
  const readiness = await ready(target);

  expect(notice).toMatchObject({ notice: 'draining' });
  expect(notice.moveInMs).toBeLessThanOrEqual(360);
  expect(client.of('nack')).toMatchObject([{ messageId: 'm2', code: 'draining', retry: 'backoff' }]);
  expect(client.of('error')).toMatchObject([{ room: 'other', code: 'draining' }]);
  expect(readiness).toMatchObject({ code: 503, status: 'draining' });
  await expect(TestClient.open(target)).rejects.toThrow();
  expect((await client.closed).code).toBe(4503);
  await closing;
  await target.server.close();
});

test('a drain ends as soon as everybody has moved', async () => {
  const target = await startServer();
  const client = await TestClient.connect(target);
  const startedAt = performance.now();

  const closing = target.server.close({ drainMs: 20_000 });
  await client.next('notice');
  client.socket.close(1000);
  await closing;

  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test('a room that nobody is in any more is given up, also when its member was cut off', async () => {
  const target = await startServer({ lingerMs: 20 });
  const client = await TestClient.connect(target, { joins: [LOBBY] });
  await client.next('live');
  expect(await target.controls.subscriberCount('lobby' as RoomId)).toBe(1);

  client.socket.terminate();

  await eventually(async () => (await target.controls.subscriberCount('lobby' as RoomId)) === 0);
  expect(target.server.connectionCount).toBe(0);
});

test('health is answered over HTTP, everything else is not found', async () => {
  const target = await startServer({ path: '/ws' });
  const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${target.server.port}${path}`, { method });

  expect((await get('/healthz')).status).toBe(200);
  expect(await (await get('/readyz')).json()).toEqual({ status: 'ok', engine: 'embedded', findings: [] });
  expect((await get('/healthz', 'POST')).status).toBe(405);
  expect((await get('/ws')).status).toBe(426);
  expect((await get('/')).status).toBe(404);
});

test('/metrics is a page for Prometheus: counters, and what is so now', async () => {
  const target = await startServer();
  const { port } = target.server;
  const page = () => fetch(`http://127.0.0.1:${port}/metrics`);
  const client = await TestClient.connect(target, { joins: [LOBBY] });
  await client.next('live');
  client.publish('lobby', 'm1');
  await client.next('ack');

  const response = await page();
  const text = await response.text();
  await target.controls.goAway();
  await client.next('notice');

  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = text.split('\n');
  for (const line of ['holdline_publishes_stored_total 1', 'holdline_connections 1', 'holdline_rooms 1']) {
    expect(lines).toContain(line);
  }
  const startedAt = Number(/^process_start_time_seconds (.+)$/m.exec(text)![1]);
  expect(Math.abs(startedAt - (Date.now() / 1000 - process.uptime()))).toBeLessThan(60);
  expect(lines).toContain('holdline_engine_ok 1');
  expect(await (await page()).text()).toContain('\nholdline_engine_ok 0\n');
  expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).toBe(405);
  expect(text).not.toContain('lobby');
});

test('what the engine found is in the log once, an outage has a beginning and an end there', async () => {
  const broker = createEmbeddedBroker();
  const findings = ['maxmemory-policy is allkeys-lru'];
  const target = await startServer(
    {
      engine: {
        dedupeMs: broker.dedupeMs,
        connect(options) {
          const engine = broker.connect(options);
          const health = () => ({ status: engine.health().status, findings });
          return { ...engine, health, onHealth: (listener) => engine.onHealth(() => listener(health())) };
        },
      },
    },
    broker,
  );
  const client = await TestClient.connect(target);

  await target.controls.goAway();
  await client.next('notice');
  await target.controls.comeBack();
  await client.next('notice', 2);

  const lines = target.log.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ message }) => message).filter((message) => message !== 'connection')).toEqual([
    'finding',
    'engine is degraded',
    'engine is back',
  ]);
  expect(lines.find(({ message }) => message === 'finding')).toMatchObject({ level: 'warn', finding: findings[0] });
  expect(lines.find(({ message }) => message === 'engine is degraded')).toMatchObject({ level: 'warn', findings });
});

test('a port that is taken rejects listen', async () => {
  const { server } = await startServer();

  await expect(startServer({ port: server.port })).rejects.toThrow(/EADDRINUSE/);
});
