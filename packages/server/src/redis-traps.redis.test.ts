/** Traps of a real Redis: killed for reading slowly, busy, loading, with a broken disk, with rights taken away, rolled back, trimmed meanwhile. */
import { mkdirSync, rmSync } from 'node:fs';
import { parseCursor, type Cursor } from '@holdline/protocol';
import { createProxy, eventually, spawnRedis } from '@holdline/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, expect, test } from 'vitest';
import { lobby, message, messages } from './engine.contract.ts';
import { cursorOf } from './log/entry.ts';
import type { MessageLog } from './log/message-log.ts';
import { createRedisHarnesses, type RedisHarness } from './redis-engine.contract.ts';

const harnesses = await createRedisHarnesses();
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});
afterAll(() => harnesses.stop());

async function setup(): Promise<RedisHarness> {
  const harness = await harnesses.create();
  open.push(harness);
  return harness;
}

/** A Redis that only this test has. */
async function setupOwn(options: Parameters<typeof createRedisHarnesses>[0]) {
  const own = await createRedisHarnesses(options);
  open.push({ close: () => own.stop() });
  const harness = await own.create();
  open.push(harness);
  return { harness, redis: own.redis };
}

const START = '0-0~' as Cursor;

async function readAll(log: MessageLog, from: Cursor = START): Promise<readonly string[]> {
  const found: string[] = [];
  for (let cursor = from, hasMore = true; hasMore;) {
    const page = await log.readAfter(lobby, parseCursor(cursor)!, { limit: 500 });
    expect(page.gap).toBeNull();
    found.push(...page.entries.map(({ messageId }) => messageId));
    if (page.entries.length > 0) cursor = cursorOf(page.entries.at(-1)!);
    ({ hasMore } = page);
  }
  return found;
}

const isOk = (engine: { health(): { status: string } }) => () => engine.health().status === 'ok';

test('[G5.1] a subscriber that Redis cuts off for reading too slowly is back, suspects its rooms, and nothing is missing in the log', async () => {
  const harness = await setup();
  const { engine, log, heard } = await harness.connect('slow');
  const { subscriber } = harness.proxiesOf('slow');
  await engine.feed.subscribe(lobby);
  await harness.admin.config('SET', 'client-output-buffer-limit', 'pubsub 1mb 1mb 1');
  const listening = async (): Promise<boolean> =>
    ((await harness.admin.client('LIST')) as string).includes('name=holdline:slow:subscriber');

  subscriber.stall({ direction: 'down' });
  const data = JSON.stringify('x'.repeat(60_000));
  let stored = 0;
  while (await listening()) {
    const batch = Array.from({ length: 30 }, () => message(`m${stored++}`, { data }));
    await log.append(lobby, batch);
  }
  subscriber.resume();
  await eventually(() => heard.suspects.includes('resubscribed'), { deadlineMs: 10_000 });
  await eventually(isOk(engine), { deadlineMs: 10_000 });
  await log.append(lobby, [message('after')]);

  await eventually(() => heard.messageIds.includes('after'));
  expect(heard.entries.length).toBeLessThan(stored);
  expect(await readAll(log)).toHaveLength(stored + 1);
});

test('[G6.1] a script that blocks Redis: refused as unknown, one copy after the retry', async () => {
  const { harness } = await setupOwn({ config: { 'busy-reply-threshold': '50' } });
  const { engine, log } = await harness.connect('a');
  await log.append(lobby, [message('before')]);
  const blocker = harness.admin.duplicate();
  open.push({ close: async () => blocker.disconnect() });

  const blocked = blocker.eval('while true do end', 0).catch((error: Error) => error.message);
  await eventually(async () => (await harness.admin.ping().catch((error: Error) => error.message)) !== 'PONG');
  await expect(log.append(lobby, [message('one')])).rejects.toMatchObject({ code: 'unavailable' });
  await harness.admin.script('KILL');
  expect(await blocked).toMatch(/killed/);
  await eventually(isOk(engine), { deadlineMs: 10_000 });
  await log.append(lobby, [message('one', { isRetry: true })]);

  expect(await readAll(log)).toEqual(['before', 'one']);
});

test('[G6.1] a Redis whose snapshots fail takes no writes: refused, degraded, and as before once they work', async () => {
  const { harness, redis } = await setupOwn({ config: { save: '3600 1' } });
  const { engine, log } = await harness.connect('a');
  await log.append(lobby, [message('before')]);

  rmSync(redis.dir, { recursive: true });
  await harness.admin.bgsave();
  await eventually(async () => (await harness.admin.info('persistence')).includes('rdb_last_bgsave_status:err'));
  await expect(log.append(lobby, [message('one')])).rejects.toMatchObject({ code: 'store_refused' });
  await eventually(() => engine.health().findings[0]?.includes('MISCONF') === true);
  expect(engine.health().status).toBe('degraded');
  mkdirSync(redis.dir);
  await redis.cli('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no');
  await eventually(isOk(engine));
  await log.append(lobby, [message('one', { isRetry: true })]);

  expect(await readAll(log)).toEqual(['before', 'one']);
});

test('[G6.1] the right to run scripts taken away: refused, degraded, and as before when it is given back', async () => {
  const { harness } = await setupOwn({});
  const { engine, log } = await harness.connect('a');
  await log.append(lobby, [message('before')]);

  await harness.admin.call('ACL', 'SETUSER', 'default', '-eval', '-evalsha');
  await expect(log.append(lobby, [message('one')])).rejects.toMatchObject({ code: 'unavailable' });
  await eventually(() => engine.health().findings[0]?.includes('NOPERM') === true);
  expect(engine.health().status).toBe('degraded');
  await harness.admin.call('ACL', 'SETUSER', 'default', '+eval', '+evalsha');
  await eventually(isOk(engine));

  expect(await log.append(lobby, [message('one')])).toMatchObject([{ status: 'stored' }]);
});

test('[G5.1] the right to the channels taken away: degraded, told, and heard again when it is given back', async () => {
  const { harness } = await setupOwn({});
  const { engine, log, heard } = await harness.connect('a');
  await engine.feed.subscribe(lobby);

  // Redis closes the subscriber with it, and refuses each renewal.
  await harness.admin.call('ACL', 'SETUSER', 'default', 'resetchannels');
  await eventually(() => harness.events.some(({ name }) => name === 'resubscribe-failed'));
  expect(engine.health().status).toBe('degraded');
  await harness.admin.call('ACL', 'SETUSER', 'default', 'allchannels');
  await eventually(isOk(engine), { deadlineMs: 10_000 });
  await log.append(lobby, [message('heard')]);

  await eventually(() => heard.messageIds.includes('heard'));
  expect(heard.suspects).toContain('resubscribed');
  expect(await harness.controls.subscriberCount(lobby)).toBe(1);
});

test('[G2.4] a Redis that takes its time to load: away until it is done, and then soon back', async () => {
  const { harness, redis } = await setupOwn({
    appendonly: true,
    appendfsync: 'always',
    config: { 'aof-use-rdb-preamble': 'no', 'key-load-delay': '2000', 'loading-process-events-interval-bytes': '1024' },
  });
  const { engine, log } = await harness.connect('a');
  for (let i = 0; i < 200; i++) await log.append(lobby, [message(`m${i}`)]);

  await redis.restart();
  const loadedAt = performance.now();
  await eventually(isOk(engine), { deadlineMs: 10_000 });

  expect(performance.now() - loadedAt).toBeLessThan(4000);
  expect(await readAll(log)).toHaveLength(200);
  expect(await log.append(lobby, [message('m199', { isRetry: true })])).toMatchObject([{ status: 'duplicate' }]);
});

test('[G4.5] a replica that had not received everything is promoted: what was read before is a gap from the fork', async () => {
  const { harness, redis } = await setupOwn({ config: { 'repl-diskless-sync-delay': '0' } });
  const replica = await spawnRedis();
  const wire = await createProxy({ target: `127.0.0.1:${redis.port}` });
  const heir = new Redis(replica.url);
  open.push({ close: () => replica.stop() }, { close: () => wire.close() }, { close: async () => heir.disconnect() });
  const { engine, log } = await harness.connect('a');
  const { command, subscriber } = harness.proxiesOf('a');
  await heir.call('REPLICAOF', '127.0.0.1', String(wire.port));
  await log.append(lobby, messages(3));
  await eventually(async () => (await heir.xlen(harness.keys.room(lobby).stream)) === 3);
  wire.stall();
  await log.append(lobby, [message('lost-1'), message('lost-2')]);
  const [seen] = await log.positions([lobby]);
  const recent = (await log.readAfter(lobby, parseCursor(START)!, { limit: 5 })).entries.map(cursorOf).toReversed();

  await heir.call('REPLICAOF', 'NO', 'ONE');
  for (const proxy of [command, subscriber]) {
    proxy.retarget(`127.0.0.1:${replica.port}`);
    proxy.cut();
  }
  await eventually(() => engine.health().status === 'degraded');
  await eventually(isOk(engine), { deadlineMs: 10_000 });
  await log.append(lobby, [message('new')]);
  const { gap } = await log.readAfter(lobby, parseCursor(seen)!, { limit: 5, recent });

  expect(gap).toMatchObject({ reason: 'rewritten', missed: 2, next: recent[2] });
  expect(await readAll(log, gap!.next)).toEqual(['new']);
  // What was acknowledged and lost is no repeat: its record went with it.
  expect(await log.append(lobby, [message('lost-1', { isRetry: true })])).toMatchObject([{ status: 'stored' }]);
});

test('[G4.1] trimmed while it is read page by page: every entry is read or counted in a gap', async () => {
  const harness = await setup();
  const { log } = await harness.connect('a');
  for (let i = 0; i < 20; i++) await log.append(lobby, messages(50, `c${i}-`));
  const { stream } = harness.keys.room(lobby);

  let [cursor, read, missed, gaps]: [Cursor, number, number, number] = [START, 0, 0, 0];
  for (let page = 0, hasMore = true; hasMore; page++) {
    const [answer] = await Promise.all([
      log.readAfter(lobby, parseCursor(cursor)!, { limit: 40 }),
      harness.admin.xtrim(stream, 'MAXLEN', '=', Math.max(1, 990 - page * 70)),
    ]);
    gaps += answer.gap === null ? 0 : 1;
    missed += answer.gap?.missed ?? 0;
    read += answer.entries.length;
    cursor = answer.entries.length > 0 ? cursorOf(answer.entries.at(-1)!) : (answer.gap?.next ?? cursor);
    ({ hasMore } = answer);
  }

  expect(gaps).toBeGreaterThan(0);
  expect(read).toBeGreaterThan(0);
  expect(read + missed).toBe(1000);
});

test('[G1.1] lines that are slow and pass a few bytes at a time are only slower', async () => {
  const harness = await setup();
  const { engine, log, heard } = await harness.connect('a');
  const { command, subscriber } = harness.proxiesOf('a');
  await engine.feed.subscribe(lobby);

  for (const proxy of [command, subscriber]) {
    proxy.slice(61);
    proxy.delay(10);
  }
  for (let i = 0; i < 5; i++) await log.append(lobby, messages(3, `c${i}-`));
  await eventually(() => heard.entries.length === 15);

  expect(heard.messageIds).toEqual(await readAll(log));
  expect(engine.health().status).toBe('ok');
});
