// One Socket.IO server for rooms on several instances, as its documents set it up over ioredis: ADAPTER=pubsub takes the Redis adapter,
// ADAPTER=streams the Redis Streams adapter with connection state recovery. A message goes to everybody in its room; whoever asks for an
// acknowledgement gets it once the handler has run.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter as createPubSubAdapter } from '@socket.io/redis-adapter';
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import { Server, type ServerOptions } from 'socket.io';

const redis = new Redis(process.env['REDIS_URL']!);

const options: Partial<ServerOptions> =
  process.env['ADAPTER'] === 'streams'
    ? { adapter: createStreamsAdapter(redis), connectionStateRecovery: {} }
    : { adapter: createPubSubAdapter(redis, redis.duplicate()) };

const http = createServer();
const io = new Server(http, options);

io.on('connection', (socket) => {
  socket.on('join', async (room: string, answer: () => void) => {
    await socket.join(room);
    answer();
  });
  socket.on('m', (room: string, text: string, answer?: () => void) => {
    io.to(room).emit('m', text);
    answer?.();
  });
});

http.listen(Number(process.env['PORT']), '127.0.0.1', () => {
  const { port } = http.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ msg: 'listening', port })}\n`);
});
// In order, so that a profile that was asked for is written.
process.on('SIGTERM', () => process.exit(0));
