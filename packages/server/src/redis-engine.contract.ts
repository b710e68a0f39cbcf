/** The harness of the Redis engine: a Redis of its own, and a proxy for each connection of each instance. */
import { randomBytes } from 'node:crypto';
import { createProxy, spawnRedis, type Proxy, type RedisOptions, type SpawnedRedis } from '@holdline/testkit';
import { Redis } from 'ioredis';
import type { EngineControls } from './engine-controls.ts';
import type { Engine } from './engine.ts';
import { Recorder, type EngineHarness, type HarnessSettings } from './engine.contract.ts';
import type { EngineEvent } from './log/log-source.ts';
import { createRedisEngine } from './redis-engine.ts';
import { createKeys, type Keys } from './redis/keys.ts';

export interface RedisHarness extends EngineHarness {
  readonly admin: Redis;
  readonly keys: Keys;
  proxiesOf(instance: string): InstanceProxies;
}

export interface InstanceProxies {
  readonly command: Proxy;
  readonly subscriber: Proxy;
}

type Dump = readonly { readonly key: string; readonly bytes: Buffer; readonly ttlMs: number }[];

/** Starts one Redis; each harness made from it has a prefix of its own. */
export async function createRedisHarnesses(options: RedisOptions = {}): Promise<{
  readonly redis: SpawnedRedis;
  create(settings?: HarnessSettings): Promise<RedisHarness>;
  stop(): Promise<void>;
}> {
  const redis = await spawnRedis(options);
  return { redis, create: (settings = {}) => createHarness(redis, settings), stop: () => redis.stop() };
}

async function createHarness(redis: SpawnedRedis, settings: HarnessSettings): Promise<RedisHarness> {
  const keys = createKeys(`t${randomBytes(4).toString('hex')}`);
  const admin = new Redis(redis.url);
  const events: EngineEvent[] = [];
  const engines: Engine[] = [];
  const proxies = new Map<string, InstanceProxies>();
  const drops: Map<string, number>[] = [];
  const clock = { shiftMs: 0 };

  const harness: RedisHarness = {
    admin,
    keys,
    events,
    controls: createControls({ admin, keys, proxies, drops, clock }),
    proxiesOf(instance) {
      const found = proxies.get(instance);
      if (found === undefined) throw new Error(`no instance ${instance}`);
      return found;
    },
    async connect(instance) {
      const command = await createProxy({ target: `127.0.0.1:${redis.port}` });
      const subscriber = await createProxy({ target: `127.0.0.1:${redis.port}` });
      proxies.set(instance, { command, subscriber });
      const dropping = new Map<string, number>();
      drops.push(dropping);
      const engine = createRedisEngine(
        {
          ...settings,
          url: `redis://127.0.0.1:${command.port}`,
          instance,
          prefix: keys.prefix,
          observe: (event) => events.push(event),
        },
        {
          subscriberUrl: `redis://127.0.0.1:${subscriber.port}`,
          testClock: () => (clock.shiftMs === 0 ? null : Date.now() + clock.shiftMs),
          accepts: (room) => takeDrop(dropping, room),
        },
      );
      const heard = new Recorder();
      engine.feed.attach(heard);
      engines.push(engine);
      await engine.start();
      return { engine, log: engine.log, heard };
    },
    async close() {
      await Promise.all(engines.map((engine) => engine.close()));
      await Promise.all(
        [...proxies.values()].flatMap(({ command, subscriber }) => [command, subscriber]).map((proxy) => proxy.close()),
      );
      admin.disconnect();
    },
  };
  return harness;
}

function takeDrop(dropping: Map<string, number>, room: string): boolean {
  const left = dropping.get(room) ?? 0;
  if (left > 0) dropping.set(room, left - 1);
  return left === 0;
}

interface ControlParts {
  readonly admin: Redis;
  readonly keys: Keys;
  readonly proxies: ReadonlyMap<string, InstanceProxies>;
  readonly drops: readonly Map<string, number>[];
  readonly clock: { shiftMs: number };
}

function createControls({ admin, keys, proxies, drops, clock }: ControlParts): EngineControls {
  const roomKeys = (): Promise<string[]> => admin.keys(`${keys.prefix}:{*`);
  const shut = (proxy: Proxy): void => {
    proxy.refuse();
    proxy.cut();
  };
  const feedOf = (instance: string): Proxy => (proxies.get(instance) as InstanceProxies).subscriber;
  const all = (): Proxy[] => [...proxies.values()].flatMap(({ command, subscriber }) => [command, subscriber]);
  return {
    trim: async (room, keep) => void (await admin.xtrim(keys.room(room).stream, 'MAXLEN', '=', keep)),
    removeEntry: async (room, id) => void (await admin.xdel(keys.room(room).stream, id)),
    expireStream: async (room) => void (await admin.del(keys.room(room).stream)),
    forgetPosition: async (room) => void (await admin.del(keys.room(room).position)),
    snapshot: async () => dumpAll(admin, await roomKeys()),
    async restore(snapshot) {
      const present = await roomKeys();
      if (present.length > 0) await admin.del(...present);
      for (const { key, bytes, ttlMs } of snapshot as Dump) await admin.restore(key, Math.max(0, ttlMs), bytes);
    },
    forgetEverything: async () => void (await admin.flushall()),
    async dropNextAnnouncements(room, count) {
      for (const dropping of drops) dropping.set(room, count);
    },
    cutFeed: async (instance) => shut(feedOf(instance)),
    healFeed: async (instance) => feedOf(instance).accept(),
    refuseWrites: async (on) => void (await admin.config('SET', 'maxmemory', on ? '1' : '0')),
    goAway: async () => all().forEach(shut),
    comeBack: async () => all().forEach((proxy) => proxy.accept()),
    shiftClock(byMs) {
      clock.shiftMs += byMs;
    },
    serverTime: () => Date.now() + clock.shiftMs,
    announceRaw: async (room, bytes) => void (await admin.publish(keys.channel(room), bytes)),
    async addForeignEntry(room, fields, id = '*') {
      const pairs = fields === undefined ? ['by', 'hand'] : ['h', fields.h, 'd', fields.d];
      return (await admin.xadd(keys.room(room).stream, id, ...pairs)) as string;
    },
    async standing(room) {
      const entries = await admin.xrange(keys.room(room).stream, '-', '+');
      return entries.map(([id, fields]) => ({ id, header: fields[0] === 'h' ? (fields[1] ?? null) : null }));
    },
    async subscriberCount(room) {
      const [, count] = (await admin.pubsub('NUMSUB', keys.channel(room))) as [string, number];
      return Number(count);
    },
  };
}

async function dumpAll(admin: Redis, present: readonly string[]): Promise<Dump> {
  return Promise.all(
    present.map(async (key) => ({
      key,
      bytes: (await admin.dumpBuffer(key)) as Buffer,
      ttlMs: await admin.pttl(key),
    })),
  );
}
