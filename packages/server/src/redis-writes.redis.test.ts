/** A Redis that answers but takes no writes: demoted, without replicas, memory or disk. What the instance says, and when it takes it back. */
import { eventually, spawnRedis } from '@holdline/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, expect, test } from 'vitest';
import { lobby, message } from './engine.contract.ts';
import type { Engine } from './engine.ts';
import { createRedisHarnesses, type RedisHarness } from './redis-engine.contract.ts';

const open: { close(): Promise<unknown> }[] = [];
const harnesses = await createRedisHarnesses();
afterEach(async () => {
  await harnesses.redis.cli('CONFIG', 'SET', 'maxmemory', '0', 'min-replicas-to-write', '0');
  for (const each of open.splice(0).toReversed()) await each.close();
});
afterAll(() => harnesses.stop());

async function setup(): Promise<RedisHarness> {
  const harness = await harnesses.create();
  open.push(harness);
  return harness;
}

/** Every change of the status from here on. */
function follow(engine: Engine): readonly string[] {
  const changes: string[] = [];
  engine.onHealth(({ status }) => changes.push(status));
  return changes;
}

/** Publishes as fast as the answers come until it is told to stop; the IDs of those that were acknowledged. */
function publishAlong(log: { append: Engine['log']['append'] }) {
  const stored: string[] = [];
  let refusals = 0;
  let isOver = false;
  const done = (async () => {
    for (let i = 0; !isOver; i++) {
      const outcome = await log.append(lobby, [message(`along-${i}`)]).catch(() => null);
      if (outcome === null) refusals += 1;
      else stored.push(`along-${i}`);
      // The pace of the traffic, and the pause of a retry: no event stands for it.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    stored,
    get refusals() {
      return refusals;
    },
    async stop() {
      isOver = true;
      await done;
    },
  };
}

const link = async (redis: Redis): Promise<string | undefined> =>
  /master_link_status:(\w+)/.exec(await redis.info('replication'))?.[1];

test('[G6.1] a primary that became a replica: degraded once, for as long as it takes no writes, restored once', async () => {
  const own = await createRedisHarnesses();
  const next = await spawnRedis();
  for (const redis of [own.redis, next]) await redis.cli('CONFIG', 'SET', 'repl-diskless-sync-delay', '0');
  open.push({ close: () => own.stop() }, { close: () => next.stop() });
  const harness = await own.create();
  open.push(harness);
  const { engine, log } = await harness.connect('a');
  const { command, subscriber } = harness.proxiesOf('a');
  const heir = new Redis(next.url);
  open.push({ close: async () => heir.disconnect() });
  await heir.call('REPLICAOF', '127.0.0.1', String(own.redis.port));
  await eventually(async () => (await link(heir)) === 'up');
  await log.append(lobby, [message('before')]);
  await eventually(async () => (await heir.xlen(harness.keys.room(lobby).stream)) === 1);
  const changes = follow(engine);

  // The roles change places; both go on answering, and the instance goes on asking the old one.
  await heir.call('REPLICAOF', 'NO', 'ONE');
  await harness.admin.call('REPLICAOF', '127.0.0.1', String(next.port));
  await eventually(async () => (await link(harness.admin)) === 'up');
  const accepted = command.accepted;
  const along = publishAlong(log);
  await eventually(() => command.accepted >= accepted + 3 && along.refusals > 20, { deadlineMs: 8000 });
  expect(changes).toEqual(['degraded']);
  expect(along.stored).toEqual([]);

  // What a name or a proxy in front of them does: new connections lead to the new primary.
  for (const proxy of [command, subscriber]) {
    proxy.retarget(`127.0.0.1:${next.port}`);
    proxy.cut();
  }
  await eventually(() => engine.health().status === 'ok' && along.stored.length > 10, { deadlineMs: 8000 });
  await along.stop();

  expect(changes).toEqual(['degraded', 'ok']);
  const entries = await heir.xrange(harness.keys.room(lobby).stream, '-', '+');
  const kept = entries.map(([, fields]) => (fields[1] ?? '').split(' ')[2]);
  expect(kept).toEqual(['before', ...along.stored]);
});

test.each([
  ['NOREPLICAS', ['min-replicas-to-write', '1'], ['min-replicas-to-write', '0']],
  ['OOM', ['maxmemory', '1'], ['maxmemory', '0']],
])('[G6.1] %s: degraded until a write is taken, while reading goes on', async (code, on, off) => {
  const harness = await setup();
  const { engine, log } = await harness.connect('a');
  await log.append(lobby, [message('before')]);
  const changes = follow(engine);

  await harness.admin.config('SET', on[0]!, on[1]!);
  const along = publishAlong(log);
  await eventually(() => changes.length > 0);
  expect(engine.health().findings[0]).toMatch(new RegExp(`^Redis takes no writes: ${code} `));
  await eventually(() => along.refusals > 60, { deadlineMs: 8000 });
  expect((await log.readAfter(lobby, { id: '0-0' as never, messageId: '' }, { limit: 5 })).entries).toHaveLength(1);
  expect(changes).toEqual(['degraded']);
  await harness.admin.config('SET', off[0]!, off[1]!);
  await eventually(() => along.stored.length > 0);
  await along.stop();

  expect(changes).toEqual(['degraded', 'ok']);
});

test('[G6.1] a refusal shows and goes also while nobody publishes', async () => {
  const harness = await setup();
  const { engine } = await harness.connect('a');
  const changes = follow(engine);

  await harness.admin.config('SET', 'maxmemory', '1');
  await eventually(() => changes.length === 1, { deadlineMs: 8000 });
  await harness.admin.config('SET', 'maxmemory', '0');
  await eventually(() => changes.length === 2);

  expect(changes).toEqual(['degraded', 'ok']);
});

test('[G6.1] what only one room suffers from does not degrade the instance', async () => {
  const harness = await setup();
  const { engine, log } = await harness.connect('a');
  await harness.admin.lpush(harness.keys.room(lobby).stream, 'nonsense');
  const changes = follow(engine);

  const along = publishAlong(log);
  await eventually(() => along.refusals > 70, { deadlineMs: 8000 });
  await along.stop();

  expect(along.stored).toEqual([]);
  expect(changes).toEqual([]);
});

test('[G6.1] an instance that starts where no writes are taken is not ready before they are', async () => {
  const harness = await setup();
  await harness.admin.config('SET', 'maxmemory', '1');
  const connecting = harness.connect('late');
  await eventually(async () => (await harness.admin.info('clients')).includes('connected_clients:3'));
  await harness.admin.config('SET', 'maxmemory', '0');

  const { engine } = await connecting;

  expect(engine.health().status).toBe('ok');
});

test('[G6.1] memory that runs out in the middle of a call: all of it is stored, and the next one is refused', async () => {
  const harness = await setup();
  const { log } = await harness.connect('a');
  const large = (prefix: string) =>
    Array.from({ length: 40 }, (_, i) => message(`${prefix}-${i}`, { data: JSON.stringify('x'.repeat(50_000)) }));
  const used = Number(/used_memory:(\d+)/.exec(await harness.admin.info('memory'))?.[1]);

  // A call of 2 MB fits in as it arrives; stored beside that it does not, nor does a second call.
  await harness.admin.config('SET', 'maxmemory', String(used + 3_200_000));
  const outcomes = await log.append(lobby, large('one')).catch((error: Error) => error);
  const next = log.append(lobby, large('two'));

  await expect(next).rejects.toMatchObject({ code: 'store_refused' });
  expect(outcomes).toHaveLength(40);
  expect(await harness.admin.xlen(harness.keys.room(lobby).stream)).toBe(40);
  const repeats = await log.append(lobby, large('one').slice(30));
  expect(repeats.map(({ status }) => status)).toEqual(Array(10).fill('duplicate'));
});
