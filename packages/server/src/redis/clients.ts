/**
 * beside Hop 5/8 – the two connections of an instance: one for commands, one that listens. Both fail fast (nothing
 * is queued while Redis is away, nothing is sent twice by itself) and come back for as long as the instance runs,
 * with a jittered delay of at most 2 s. The client's defaults duplicate, reorder or hang in one fault or another,
 * hence every option here.
 */
import { Redis, type RedisOptions } from 'ioredis';
import { createReadonlyCheck } from './readonly-check.ts';

export type ConnectionRole = 'command' | 'subscriber';

export interface ClientsOptions {
  readonly url: string;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  readonly onError: (role: ConnectionRole, message: string) => void;
  /** In place of `url` for the subscriber; tests put a proxy there. */
  readonly subscriberUrl?: string;
}

export interface Clients {
  readonly command: Redis;
  readonly subscriber: Redis;
  /** Opens both; failures show as errors and are retried. */
  connect(): void;
  /** Drops both connections and opens new ones. */
  replace(): void;
  close(): void;
}

const MAX_RETRY_MS = 2000;
/** How long a connection that we end may take to say goodbye. One that is silent never does, and members wait for its successor. */
export const GOODBYE_MS = 250;

/** Doubles from 50 ms up to 2 s, then half to all of that: many instances must not return in step. */
const retryDelay = (attempt: number): number =>
  Math.min(MAX_RETRY_MS, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);

const commonOptions = (name: string) =>
  ({
    connectionName: name,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    connectTimeout: 3000,
    commandTimeout: 2000,
    disconnectTimeout: GOODBYE_MS,
    maxLoadingRetryTime: 500,
    retryStrategy: retryDelay,
  }) satisfies RedisOptions;

/** The connection for commands alone; `connect` opens it. */
export function createCommandClient({ url, name, onError }: Omit<ClientsOptions, 'subscriberUrl'>): Redis {
  const command = new Redis(url, {
    ...commonOptions(`${name}:command`),
    socketTimeout: 5000,
    reconnectOnError: createReadonlyCheck(),
  });
  command.on('error', (error: Error) => onError('command', error.message));
  return command;
}

export function createClients(options: ClientsOptions): Clients {
  const { url, name, onError, subscriberUrl = url } = options;
  const command = createCommandClient(options);
  const subscriber = new Redis(subscriberUrl, { ...commonOptions(`${name}:subscriber`), socketTimeout: 3000 });
  subscriber.on('error', (error: Error) => onError('subscriber', error.message));
  const both = [command, subscriber];
  return {
    command,
    subscriber,
    connect() {
      // The rejection repeats what the error event has told, and the retry goes on by itself.
      for (const redis of both) redis.connect().catch(() => undefined);
    },
    replace() {
      for (const redis of both) {
        if (redis.status === 'ready' || redis.status === 'connect') redis.disconnect(true);
      }
    },
    close() {
      for (const redis of both) redis.disconnect();
    },
  };
}
