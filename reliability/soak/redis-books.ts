/** What a Redis holds for a deployment: memory, connections, subscriptions. And the end of its retention, at once. */
import type { SpawnedRedis } from '@holdline/testkit';
import type { Row } from './books.ts';

export interface RedisMeasure {
  readonly bytes: number;
  readonly connections: number;
  /** Channels of rooms that somebody listens to. */
  readonly subscriptions: number;
  readonly roomKeys: number;
}

/** Keys and channels of rooms have braces; those of the deployment have none. */
const roomPattern = (prefix: string): string => `${prefix}:{*`;
const DELETE_AT_ONCE = 500;

export async function measureRedis(redis: SpawnedRedis, prefix: string): Promise<RedisMeasure> {
  const [memory, clients, channels, keys] = await Promise.all([
    redis.cli('INFO', 'memory'),
    redis.cli('CLIENT', 'LIST'),
    redis.cli('PUBSUB', 'CHANNELS', roomPattern(prefix)),
    redis.cli('--scan', '--pattern', roomPattern(prefix)),
  ]);
  // The tool that asks is a connection, too.
  const connections = linesOf(clients).filter(
    (line) => !/ cmd=(client\|list|info|pubsub\|channels|scan|NULL) /.test(line),
  );
  return {
    bytes: Number(/^used_memory:(\d+)/m.exec(memory)?.[1]),
    connections: connections.length,
    subscriptions: linesOf(channels).length,
    roomKeys: linesOf(keys).length,
  };
}

/** What retention does in days. */
export async function endRetention(redis: SpawnedRedis, prefix: string): Promise<void> {
  const keys = linesOf(await redis.cli('--scan', '--pattern', roomPattern(prefix)));
  for (let from = 0; from < keys.length; from += DELETE_AT_ONCE) {
    await redis.cli('DEL', ...keys.slice(from, from + DELETE_AT_ONCE));
  }
}

export const redisRows = (before: RedisMeasure, after: RedisMeasure): readonly Row[] => [
  { what: 'Redis: memory, bytes', before: before.bytes, after: after.bytes, rule: 'within 10 %' },
  { what: 'Redis: connections', before: before.connections, after: after.connections, rule: 'same' },
  { what: 'Redis: subscriptions of rooms', before: before.subscriptions, after: after.subscriptions, rule: 'zero' },
  { what: 'Redis: keys of rooms', before: before.roomKeys, after: after.roomKeys, rule: 'zero' },
];

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
