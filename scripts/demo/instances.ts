// The two server instances of the demo, as processes of their own on one Redis: a given one, or a private one. Without
// either, on the embedded engine.

import { findRedisBinary, spawnRedis, spawnServer, type ServerProcess, type SpawnedRedis } from '@holdline/testkit';

export interface DemoInstances {
  readonly list: readonly { name: string; url: string }[];
  /** Resolves when nothing is left that could serve. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

const NAMES = ['A', 'B'] as const;
/** Visitors come back by themselves, so Ctrl-C need not wait for them as a deploy would. */
const ENV = { HOLDLINE_ORIGINS: '*', HOLDLINE_AUTH: 'open', HOLDLINE_DRAIN_MS: '500', HOLDLINE_PREFIX: 'hl-demo' };

export async function startInstances(say: (text: string) => void): Promise<DemoInstances> {
  if (!process.env['REDIS_URL'] && findRedisBinary() === undefined) {
    say('no Redis: both instances run in this process, and messages end with it');
    // Not at the top: the server's packages are built only after this file was loaded.
    const { startEmbeddedInstances } = await import('./embedded-instances.ts');
    return startEmbeddedInstances(NAMES);
  }
  const redis = await startRedis(say);
  const redisUrl = redis?.url ?? process.env['REDIS_URL'] ?? '';
  const servers: ServerProcess[] = [];
  let isStopping = false;
  try {
    for (const name of NAMES) {
      const server = await spawnServer({ redisUrl, env: ENV });
      say(`instance ${name} is up (${server.instance}, process ${server.pid})`);
      void server.exited.then(({ code, signal }) => {
        if (!isStopping) say(`instance ${name} ended (${signal ?? `code ${code}`})`);
      });
      servers.push(server);
    }
  } catch (error) {
    await stopAll(servers, redis);
    throw error;
  }

  return {
    list: servers.map(({ url }, index) => ({ name: NAMES[index]!, url })),
    ended: Promise.all(servers.map(({ exited }) => exited)).then(() => 'both instances ended'),
    stop() {
      isStopping = true;
      return stopAll(servers, redis);
    },
  };
}

/** A private Redis; undefined when REDIS_URL names one that we only use. */
async function startRedis(say: (text: string) => void): Promise<SpawnedRedis | undefined> {
  if (process.env['REDIS_URL']) {
    say('using the Redis that REDIS_URL names');
    return undefined;
  }
  const redis = await spawnRedis({ appendonly: true });
  say(`a private Redis is up (${findRedisBinary()}, port ${redis.port})`);
  return redis;
}

async function stopAll(servers: readonly ServerProcess[], redis: SpawnedRedis | undefined): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
  await redis?.stop();
}
