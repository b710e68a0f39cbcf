// The classic ws and Pub/Sub server, two instances on one Redis.

import { fileURLToPath } from 'node:url';
import { startOnRedis } from '../on-redis.ts';
import type { Peer } from '../peer.ts';

const ENTRY = fileURLToPath(new URL('./classic-server.ts', import.meta.url));

export const CLASSIC: Peer = {
  name: 'classic',
  title: 'classic ws + Pub/Sub',
  setUp:
    '2 x ws and ioredis: the string that came is published, the string that is heard is sent to every member; no compression, nothing ' +
    'is parsed, logged, stored or acknowledged; Redis without persistence',
  ack: 'none',
  isResumable: false,
  missing: () => null,
  start: (options) => startOnRedis({ name: 'classic', entry: ENTRY }, options),
};
