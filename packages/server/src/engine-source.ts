/**
 * Where a server gets its engine from: a broker in this process (`createEmbeddedBroker`), or the
 * settings of a Redis (`redisEngine`). Several servers may share one source, each with its own engine.
 */
import type { Engine } from './engine.ts';
import { resolveLogOptions } from './log-options.ts';
import type { EngineObserver } from './log/log-source.ts';
import { createRedisEngine, type RedisEngineOptions } from './redis-engine.ts';
import { checkRedisUrl } from './redis/redis-url.ts';

export interface EngineSource {
  /** How long a message ID is remembered at least, ms. */
  readonly dedupeMs: number;
  connect(options: EngineConnectOptions): Engine;
}

export interface EngineConnectOptions {
  /** The name of the instance, its own among those of the source. */
  readonly instance: string;
  readonly observe?: EngineObserver;
}

export type RedisSourceOptions = Omit<RedisEngineOptions, 'instance' | 'observe'>;

/**
 * Log and feed in Redis. Connects when the server starts to listen.
 *
 * @throws OptionsError with code `bad_options` when an option makes no sense: `url` must be a `redis://` or `rediss://` URL of one server
 */
export function redisEngine(options: RedisSourceOptions): EngineSource {
  const { url } = options;
  checkRedisUrl('url', url);
  const log = resolveLogOptions(options);
  return {
    dedupeMs: log.dedupeMs,
    connect: ({ instance, observe }) =>
      createRedisEngine({ ...log, url, instance, ...(observe !== undefined && { observe }) }),
  };
}
