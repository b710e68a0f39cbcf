// Faults of Redis as a process. They concern everybody and run alone.

import { NOTHING, sleep, until, type FaultEnd, type FaultKind } from './fault.ts';
import type { PlannedFault } from '../plan.ts';
import type { World } from '../world.ts';

type StoreFault = (world: World, fault: PlannedFault) => Promise<Omit<FaultEnd, 'pages'> | void>;

/** Nobody reads in passing meanwhile; afterwards everything is read again, as it may be another history. */
const redisFault = (
  kind: string,
  durationMs: readonly [number, number],
  loses: string,
  act: StoreFault,
): FaultKind => ({
  kind,
  lane: 'alone',
  target: 'store',
  durationMs,
  mayLose: loses !== NOTHING,
  loses,
  async run(fault, world) {
    world.isStoreBusy = true;
    const end = await act(world, fault);
    world.isStoreBusy = false;
    await world.read({ whole: loses !== NOTHING });
    return { ...end, pages: world.pages };
  },
});

export const STORE_FAULTS: readonly FaultKind[] = [
  redisFault('redis-killed-aof-always', [100, 1000], NOTHING, async ({ redis }, { durationMs }) => {
    await redis.primary.kill9();
    await sleep(durationMs);
    await redis.revive();
  }),
  redisFault(
    'redis-power-cut-aof-everysec',
    [100, 800],
    'what was confirmed since the disk was last told, up to a second',
    async (world, { durationMs }) => {
      const { redis } = world;
      await redis.setPersistence('everysec');
      await world.read();
      const bytes = redis.fileBytes();
      await sleep(durationMs);
      await redis.primary.kill9();
      redis.cutFile(bytes);
      await redis.revive();
    },
  ),
  redisFault('redis-killed-no-persistence', [100, 800], 'everything', async (world, { durationMs }) => {
    const { redis } = world;
    await redis.setPersistence('none');
    await world.read();
    await redis.primary.kill9();
    redis.removeFiles();
    await sleep(durationMs);
    await redis.revive();
  }),
  redisFault('redis-sigstop', [300, 4000], NOTHING, async ({ redis }, { durationMs }) => {
    redis.primary.pause();
    await sleep(durationMs);
    redis.primary.resume();
  }),
  redisFault('redis-out-of-memory', [500, 2000], NOTHING, async ({ redis }, { durationMs }) => {
    await redis.admin.config('SET', 'maxmemory', '1mb');
    await sleep(durationMs);
    await redis.admin.config('SET', 'maxmemory', '0');
  }),
  redisFault('redis-readonly', [500, 2000], NOTHING, async ({ redis }, { durationMs }) => {
    // A primary that became a replica of one that is not there: it keeps its data and takes no writes.
    await redis.admin.call('REPLICAOF', '127.0.0.1', '1');
    await sleep(durationMs);
    await redis.admin.call('REPLICAOF', 'NO', 'ONE');
  }),
  redisFault('redis-script-flush', [0, 0], NOTHING, async ({ redis }) => {
    await redis.admin.script('FLUSH');
  }),
  redisFault(
    'redis-failover-stale-replica',
    [200, 1000],
    'what the replica had not received',
    async (world, { durationMs }) => {
      const { redis, redisServers: servers } = world;
      await redis.attachReplica();
      await world.read();
      redis.replication.stall();
      await sleep(durationMs);
      // Nobody reaches the old primary any more: what it holds now is the last that was confirmed.
      for (const { wire } of servers) {
        wire.proxy.refuse();
        wire.proxy.cut();
      }
      await world.read();
      await redis.primary.kill9();
      redis.replication.cut();
      await redis.promoteReplica();
      for (const { wire } of servers) {
        wire.proxy.retarget(redis.primary.url);
        wire.proxy.accept();
      }
      await until(async () => (await redis.admin.ping()) === 'PONG', 5000);
      return { after: () => redis.restoreStandby() };
    },
  ),
];
