// Socket.IO, two instances on one Redis, with either of its Redis adapters.

import { fileURLToPath } from 'node:url';
import { startOnRedis } from '../on-redis.ts';
import type { Peer } from '../peer.ts';

const ENTRY = fileURLToPath(new URL('./socket-io-server.ts', import.meta.url));

export const SOCKET_IO: Peer = {
  name: 'socketio',
  title: 'Socket.IO + Redis',
  setUp:
    '2 x socket.io with @socket.io/redis-adapter over ioredis, defaults; WebSocket transport; Redis without persistence. ' +
    'An acknowledgement says that the handler has run',
  ack: 'handled',
  isResumable: false,
  missing: () => null,
  start: (options) => startOnRedis({ name: 'socketio', entry: ENTRY, env: { ADAPTER: 'pubsub' } }, options),
};

export const SOCKET_IO_STREAMS: Peer = {
  name: 'socketio-streams',
  title: 'Socket.IO + Redis Streams',
  setUp:
    '2 x socket.io with @socket.io/redis-streams-adapter over ioredis and `connectionStateRecovery: {}`, defaults; WebSocket transport; ' +
    'Redis without persistence. An acknowledgement says that the handler has run',
  ack: 'handled',
  isResumable: true,
  missing: () => null,
  start: (options) => startOnRedis({ name: 'socketio', entry: ENTRY, env: { ADAPTER: 'streams' } }, options),
};
