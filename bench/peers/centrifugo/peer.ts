// Centrifugo, two nodes with a Redis of their own, where somebody has its binary. No version of it could be had when this was written, so it has never
// been run: the settings are those of version 5, and every figure that it gives has to be looked at twice.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, spawnRedis } from '@holdline/testkit';
import { INSTANCES, redisCallsOf } from '../on-redis.ts';
import type { Peer, RunningPeer } from '../peer.ts';
import { Sandbox, versionOf, type Program } from '../sandbox.ts';

const BINARY = 'HOLDLINE_BENCH_CENTRIFUGO';
const binary = (): string => process.env[BINARY] ?? '';

export const CENTRIFUGO: Peer = {
  name: 'centrifugo',
  title: 'Centrifugo',
  setUp:
    '2 x Centrifugo 5 with its Redis engine, history of 20,000 messages per channel, recovery, JSON protocol, Redis without persistence; ' +
    'the adapter was written without a binary to run it on',
  ack: 'stored',
  isResumable: true,
  missing: () =>
    existsSync(binary()) ? null : `the path of a Centrifugo binary is not named in the environment variable ${BINARY}`,
  versions: () => ({ Centrifugo: versionOf(binary(), 'version') }),
  start,
};

const config = (port: number, redisUrl: string): object => ({
  address: '127.0.0.1',
  port: String(port),
  engine: 'redis',
  redis_address: redisUrl,
  log_level: 'error',
  allow_anonymous_connect_without_token: true,
  allow_subscribe_for_client: true,
  allow_subscribe_for_anonymous: true,
  allow_publish_for_client: true,
  allow_publish_for_anonymous: true,
  allowed_origins: ['*'],
  history_size: 20_000,
  history_ttl: '3600s',
  force_positioning: true,
  force_recovery: true,
});

async function start(): Promise<RunningPeer> {
  const redis = await spawnRedis();
  const sandbox = new Sandbox();
  const nodes: { port: number; program: Program }[] = [];
  const stop = async (): Promise<void> => {
    await sandbox.stop();
    await redis.stop();
  };
  try {
    for (let i = 0; i < INSTANCES; i++) nodes.push(await startNode(sandbox, `centrifugo-${i}`, redis.url));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoints: nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    processes: () => [
      ...nodes.flatMap(({ program: { pid, isRunning } }, i) =>
        isRunning ? [{ name: `centrifugo-${i}`, role: 'server' as const, pid }] : [],
      ),
      { name: 'redis', role: 'broker', pid: redis.pid },
    ],
    kill: (instance) => nodes[instance]!.program.kill(),
    restart: (instance) => nodes[instance]!.program.start(),
    redisCalls: () => redisCallsOf(redis),
    stop,
  };
}

async function startNode(
  sandbox: Sandbox,
  name: string,
  redisUrl: string,
): Promise<{ port: number; program: Program }> {
  const folder = join(sandbox.folder, name);
  const port = await freePort();
  mkdirSync(folder);
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(config(port, redisUrl)));
  return { port, program: await sandbox.run({ command: binary(), args: ['--config', file], ports: [port] }) };
}
