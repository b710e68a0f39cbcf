// Peers of one shape: instances of a Node server on one Redis of their own, without persistence.

import { spawnRedis, type SpawnedRedis } from '@holdline/testkit';
import { NodeServer } from './node-server.ts';
import type { RunningPeer, StartOptions } from './peer.ts';

export const INSTANCES = 2;

export interface OnRedis {
  readonly name: string;
  /** The script of one instance; see NodeServer. It is given REDIS_URL and PORT. */
  readonly entry: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
}

export async function startOnRedis(
  { name, entry, env = {}, nodeFlags = [] }: OnRedis,
  options: StartOptions,
): Promise<RunningPeer> {
  const redis = await spawnRedis();
  const servers: NodeServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    await redis.stop();
  };
  const launch = { entry, env: { ...env, REDIS_URL: redis.url }, nodeFlags: [...nodeFlags, ...options.nodeFlags] };
  try {
    for (let i = 0; i < INSTANCES; i++) servers.push(await NodeServer.start(launch));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoints: servers.map(({ port }) => ({ host: '127.0.0.1', port })),
    processes: () => [
      ...servers.flatMap(({ pid, isRunning }, i) =>
        isRunning ? [{ name: `${name}-${i}`, role: 'server' as const, pid }] : [],
      ),
      { name: 'redis', role: 'broker', pid: redis.pid },
    ],
    kill: (instance) => servers[instance]!.kill(),
    restart: (instance) => servers[instance]!.restart(),
    redisCalls: () => redisCallsOf(redis),
    stop,
  };
}

/** `cmdstat_xadd:calls=1,usec=…`, a line for each command. */
export async function redisCallsOf(redis: SpawnedRedis): Promise<ReadonlyMap<string, number>> {
  const stats = await redis.cli('info', 'commandstats');
  const rows = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  return new Map(rows.map(([, command, calls]) => [command!, Number(calls)]));
}
