// The Redis of a run, as the faults need it: a primary that keeps everything (AOF with every write), a second process that
// becomes its replica when a failover is wanted, and one connection of our own, past all proxies.

import { existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createProxy, eventually, spawnRedis, type Proxy, type SpawnedRedis } from '@holdline/testkit';
import { Redis, type ChainableCommander } from 'ioredis';
import { keysOf, type Fetch, type RawEntry } from './streams.ts';
import type { RunStore } from './run-store.ts';

const SETTINGS = {
  appendonly: true,
  appendfsync: 'always',
  // Small, so that a restart has little to load; and an answer to PSYNC starts at once.
  config: { 'auto-aof-rewrite-min-size': '32mb', 'repl-diskless-sync-delay': '0' },
} as const;

export class RedisStore implements RunStore {
  primary: SpawnedRedis;
  standby: SpawnedRedis;
  admin: Redis;
  /** In front of the primary, for the replica. */
  readonly replication: Proxy;

  private constructor(primary: SpawnedRedis, standby: SpawnedRedis, replication: Proxy) {
    this.primary = primary;
    this.standby = standby;
    this.replication = replication;
    this.admin = connectTo(primary);
  }

  static async start(): Promise<RedisStore> {
    const [primary, standby] = await Promise.all([spawnRedis(SETTINGS), spawnRedis(SETTINGS)]);
    return new RedisStore(primary, standby, await createProxy({ target: primary.url }));
  }

  async stop(): Promise<void> {
    this.admin.disconnect();
    await Promise.all([this.replication.close(), this.primary.stop(), this.standby.stop()]);
  }

  /** Starts the primary again after it was killed; resolves when it answers. */
  async revive(): Promise<void> {
    await this.primary.restart();
    this.admin.disconnect();
    this.admin = connectTo(this.primary);
    await this.settled();
  }

  /** Waits until Redis answers and no rewrite of its file is under way. */
  async settled(): Promise<void> {
    await eventually(async () => /aof_rewrite_in_progress:0/.test(await this.admin.info('persistence')), {
      deadlineMs: 15_000,
      intervalMs: 20,
      what: 'Redis is at rest',
    });
  }

  /** A read, with commands of its own in the same transaction: nothing comes between the two. */
  fetch(destroy?: (multi: ChainableCommander) => void): Fetch {
    return async (rooms, from) => {
      const multi = this.admin.multi();
      for (const room of rooms) {
        const { position, stream } = keysOf(room);
        multi.get(position).xrange(stream, from(room), '+');
      }
      destroy?.(multi);
      const replies = (await multi.exec()) ?? [];
      return rooms.map((room, index) => {
        const position = (replies[2 * index]?.[1] ?? null) as string | null;
        const raw = replies[2 * index + 1]?.[1] as RawEntry[] | undefined;
        if (!Array.isArray(raw)) throw new Error(`the stream of ${room} could not be read`);
        return { position, raw };
      });
    };
  }

  async positions(rooms: readonly string[]): Promise<readonly (string | null)[]> {
    return this.admin.mget(...rooms.map((room) => keysOf(room).position));
  }

  async setPersistence(mode: 'always' | 'everysec' | 'none'): Promise<void> {
    await this.admin.config('SET', 'appendonly', mode === 'none' ? 'no' : 'yes');
    if (mode !== 'none') await this.admin.config('SET', 'appendfsync', mode);
    await this.settled();
  }

  /** Bytes of the part of the file that grows. */
  fileBytes(): number {
    const path = this.#growingFile();
    return path === undefined ? 0 : statSync(path).size;
  }

  /** As a power cut does that comes before the disk was told: the end of the file is gone. Redis must be dead. */
  cutFile(bytes: number): void {
    const path = this.#growingFile();
    if (path !== undefined) truncateSync(path, Math.min(bytes, statSync(path).size));
  }

  removeFiles(): void {
    rmSync(join(this.primary.dir, 'appendonlydir'), { recursive: true, force: true });
  }

  /** The standby follows the primary and has all of it. */
  async attachReplica(): Promise<void> {
    this.replication.retarget(this.primary.url);
    this.replication.resume();
    await this.standby.cli('CONFIG', 'SET', 'appendonly', 'no');
    await this.standby.cli('REPLICAOF', '127.0.0.1', String(this.replication.port));
    await eventually(
      async () => {
        const info = await this.standby.cli('INFO', 'replication');
        return info.includes('master_link_status:up') && info.includes('master_sync_in_progress:0');
      },
      { deadlineMs: 20_000, intervalMs: 50, what: 'the replica is in step' },
    );
  }

  /** The replica becomes the primary; the old one starts again, empty and apart, as the next replica. */
  async promoteReplica(): Promise<void> {
    const old = this.primary;
    await this.standby.cli('REPLICAOF', 'NO', 'ONE');
    this.primary = this.standby;
    this.standby = old;
    this.admin.disconnect();
    this.admin = connectTo(this.primary);
    await this.admin.ping();
  }

  /** What follows a failover once everybody is whole: the new primary keeps everything again, the old process is clean. */
  async restoreStandby(): Promise<void> {
    this.replication.resume();
    this.replication.cut();
    await this.setPersistence('always');
    rmSync(join(this.standby.dir, 'appendonlydir'), { recursive: true, force: true });
    await this.standby.restart();
  }

  #growingFile(): string | undefined {
    const folder = join(this.primary.dir, 'appendonlydir');
    if (!existsSync(folder)) return undefined;
    const names = readdirSync(folder).filter((name) => name.endsWith('.incr.aof'));
    const newest = names.toSorted((a, b) => sequenceOf(a) - sequenceOf(b)).at(-1);
    return newest === undefined ? undefined : join(folder, newest);
  }
}

/** appendonly.aof.<sequence>.incr.aof */
const sequenceOf = (name: string): number => Number(name.split('.').at(-3));

function connectTo({ url }: SpawnedRedis): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, connectionName: 'chaos:admin' });
  // Redis dies in these runs; what matters is what the commands answer.
  redis.on('error', () => undefined);
  return redis;
}
