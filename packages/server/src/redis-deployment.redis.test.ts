/** What instances of one Redis find out about it and about each other. */
import { eventually, spawnRedis } from '@holdline/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { EngineError, type Engine } from './engine.ts';
import { lobby, message, Recorder } from './engine.contract.ts';
import { createRedisEngine, type RedisEngineOptions } from './redis-engine.ts';
import { INSTANCES_KEY } from './redis/keys.ts';

const server = await spawnRedis({ appendonly: true });
const admin = new Redis(server.url);
const engines: Engine[] = [];

beforeEach(async () => {
  await admin.flushall();
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

function create(options: Partial<RedisEngineOptions> = {}): { engine: Engine; heard: Recorder } {
  const engine = createRedisEngine({ url: server.url, instance: `i${engines.length + 1}`, ...options });
  const heard = new Recorder();
  engine.feed.attach(heard);
  engines.push(engine);
  return { engine, heard };
}

async function started(options: Partial<RedisEngineOptions> = {}): Promise<{ engine: Engine; heard: Recorder }> {
  const created = create(options);
  await created.engine.start();
  return created;
}

test('finds nothing where everything is as it should be', async () => {
  const { engine } = await started();

  expect(engine.health()).toEqual({ status: 'ok', findings: [] });
});

test('finds an eviction policy that drops rooms, and goes on', async () => {
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');

  const { engine } = await started();

  expect(engine.health()).toEqual({ status: 'ok', findings: [expect.stringContaining('allkeys-lru')] });
  await admin.config('SET', 'maxmemory-policy', 'noeviction');
});

test('an instance of another format refuses to start beside a living one, and not beside a dead one', async () => {
  const living = { instance: 'old', boot: 'x', prefix: 'hl', format: '9', mode: 'pubsub', script: 's', dedupeMs: 1 };
  const [seconds] = await admin.time();
  await admin.hset('hl:deployment', { key: 'k', format: '9', mode: 'pubsub' });
  await admin.hset(INSTANCES_KEY, 'x', JSON.stringify({ ...living, at: Number(seconds) * 1000 }));

  const { engine } = create();
  await expect(engine.start()).rejects.toThrow(EngineError);
  await expect(engine.log.append(lobby, [message('one')])).rejects.toMatchObject({ code: 'unavailable' });
  expect(await admin.hget('hl:deployment', 'format')).toBe('9');

  await admin.hset(INSTANCES_KEY, 'x', JSON.stringify({ ...living, at: Number(seconds) * 1000 - 60_000 }));
  const second = await started();
  expect(second.engine.health().status).toBe('ok');
  expect(await admin.hget('hl:deployment', 'format')).toBe('1');
});

test('[G6.1] an instance that finds another format when it comes back writes nothing more', async () => {
  const { engine } = await started();
  await engine.log.append(lobby, [message('one')]);
  const living = { instance: 'new', boot: 'x', prefix: 'hl', format: '9', mode: 'pubsub', script: 's', dedupeMs: 1 };
  const [seconds] = await admin.time();
  await admin.hset('hl:deployment', { format: '9' });
  await admin.hset(INSTANCES_KEY, 'x', JSON.stringify({ ...living, at: Number(seconds) * 1000 }));

  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await eventually(() => engine.health().findings.some((finding) => finding.includes('format')));

  await expect(engine.log.append(lobby, [message('two')])).rejects.toMatchObject({ code: 'unavailable' });
  expect(await admin.xlen(`hl:{${lobby}}:log`)).toBe(1);
});

test('names the instances that differ, and forgets what is no record', async () => {
  await admin.hset(INSTANCES_KEY, 'junk', 'not JSON', 'older', '{"boot":1}');
  await started({ instance: 'first', prefix: 'other' });
  await started({ instance: 'second', dedupeMs: 60_000 });

  const { engine } = await started({ instance: 'third' });

  expect(engine.health().findings).toEqual([
    "instance first uses this Redis with prefix 'other', not 'hl'",
    'instance second has a dedupe window of 60000 ms, not 7200000',
  ]);
  expect(await admin.hexists(INSTANCES_KEY, 'junk')).toBe(0);
});

test('takes itself off the list in an orderly end', async () => {
  const { engine } = await started();
  expect(await admin.hlen(INSTANCES_KEY)).toBe(1);

  await engine.close();
  await engine.close();

  expect(await admin.hlen(INSTANCES_KEY)).toBe(0);
});

test('[G6.2] after everything was forgotten the instances still know each other, also those that come later', async () => {
  const first = await started();
  const second = await started();
  await second.engine.feed.subscribe(lobby);

  await admin.flushall();
  await first.engine.log.append(lobby, [message('one')]);
  await eventually(() => second.heard.entries.length === 1);
  // Whoever comes first writes a key; the others take it over with their next heartbeat.
  const third = await started();
  await eventually(
    async () => {
      await third.engine.log.append(lobby, [
        message(`m${second.heard.suspects.length}-${second.heard.entries.length}`),
      ]);
      return second.heard.entries.length >= 2;
    },
    { deadlineMs: 12_000, intervalMs: 200 },
  );

  expect(second.heard.messageIds[0]).toBe('one');
});
