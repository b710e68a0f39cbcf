import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { spawnRedis, type RedisOptions, type SpawnedRedis } from './redis.ts';

const started: SpawnedRedis[] = [];

async function redisFor(options: RedisOptions = {}): Promise<SpawnedRedis> {
  const redis = await spawnRedis(options);
  started.push(redis);
  return redis;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((redis) => redis.stop()));
});

test('answers commands on its own port and is gone after stop', async () => {
  const redis = await redisFor();

  expect(await redis.cli('SET', 'key', 'value')).toBe('OK');
  expect(await redis.cli('GET', 'key')).toBe('value');

  await redis.stop();
  await expect(redis.cli('PING')).rejects.toThrow();
  expect(existsSync(redis.dir)).toBe(false);
});

test('two at once have two ports', async () => {
  const [first, second] = await Promise.all([redisFor(), redisFor()]);

  expect(first.port).not.toBe(second.port);
});

test('with an append-only file the data survives SIGKILL and restart', async () => {
  const redis = await redisFor({ appendonly: true, appendfsync: 'always' });
  await redis.cli('XADD', 'stream', '1-1', 'field', 'value');
  const pidBefore = redis.pid;

  await redis.kill9();
  await redis.restart();

  expect(redis.pid).not.toBe(pidBefore);
  await eventually(async () => expect(await redis.cli('XLEN', 'stream')).toBe('1'));
});

test('without one a restart forgets, on the same port', async () => {
  const redis = await redisFor();
  const { port } = redis;
  await redis.cli('SET', 'key', 'value');

  await redis.restart();

  expect(redis.port).toBe(port);
  expect(await redis.cli('EXISTS', 'key')).toBe('0');
});

test('settings are passed on', async () => {
  const redis = await redisFor({ config: { maxmemory: '20mb' } });

  expect(await redis.cli('CONFIG', 'GET', 'maxmemory')).toContain('20971520');
});

test('a broken setting is reported with what Redis said', async () => {
  await expect(spawnRedis({ config: { nonsense: 'yes' } })).rejects.toThrow(/nonsense/);
});
