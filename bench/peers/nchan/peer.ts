// Nchan, a module of nginx, two instances with a Redis of their own.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, spawnRedis } from '@holdline/testkit';
import { INSTANCES, redisCallsOf } from '../on-redis.ts';
import type { Peer, RunningPeer } from '../peer.ts';
import { findProgram, Sandbox, versionOf, type Program } from '../sandbox.ts';
import { nginxConfig } from './nginx-config.ts';

const MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so';
const READY_DEADLINE_MS = 20_000;
const POLL_MS = 25;

export const NCHAN: Peer = {
  name: 'nchan',
  title: 'Nchan',
  setUp:
    '2 x nginx with Nchan, a worker each, on one Redis without persistence; buffer of 20,000 messages per channel; WebSocket ' +
    'publishers, whose answer is awaited, and WebSocket subscribers with message IDs (`ws+meta.nchan`)',
  ack: 'stored',
  isResumable: true,
  missing: () =>
    findProgram('nginx') !== null && existsSync(MODULE)
      ? null
      : 'nginx with Nchan is not installed (apt-get install nginx libnginx-mod-nchan)',
  versions: () => ({ nginx: versionOf('nginx', '-v'), Nchan: versionOf('dpkg-query', '-W', 'libnginx-mod-nchan') }),
  start,
};

async function start(): Promise<RunningPeer> {
  const redis = await spawnRedis();
  const sandbox = new Sandbox();
  const instances: { port: number; program: Program }[] = [];
  const stop = async (): Promise<void> => {
    await sandbox.stop();
    await redis.stop();
  };
  try {
    for (let i = 0; i < INSTANCES; i++) instances.push(await startNginx(sandbox, `nginx-${i}`, redis.url));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoints: instances.map(({ port }) => ({ host: '127.0.0.1', port })),
    processes: () => [
      ...instances.flatMap(({ program: { pid, isRunning } }, i) =>
        isRunning ? [{ name: `nginx-${i}`, role: 'server' as const, pid }] : [],
      ),
      { name: 'redis', role: 'broker', pid: redis.pid },
    ],
    kill: (instance) => instances[instance]!.program.kill(),
    async restart(instance) {
      const { program, port } = instances[instance]!;
      await program.start();
      await waitForRedis(port);
    },
    redisCalls: () => redisCallsOf(redis),
    stop,
  };
}

async function startNginx(
  sandbox: Sandbox,
  name: string,
  redisUrl: string,
): Promise<{ port: number; program: Program }> {
  const folder = join(sandbox.folder, name);
  const port = await freePort();
  mkdirSync(folder);
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, nginxConfig({ module: MODULE, folder, port, redisUrl }));
  const program = await sandbox.run({
    command: findProgram('nginx')!,
    args: ['-p', folder, '-c', file, '-e', 'stderr'],
    ports: [port],
  });
  await waitForRedis(port);
  return { port, program };
}

/** It takes connections before it has one to Redis, and refuses everybody until then. */
async function waitForRedis(port: number): Promise<void> {
  const deadline = Date.now() + READY_DEADLINE_MS;
  for (;;) {
    const { status } = await fetch(`http://127.0.0.1:${port}/ready`);
    if (status < 500) return;
    if (Date.now() > deadline) throw new Error(`nginx answers ${status}: Nchan has no connection to Redis`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
