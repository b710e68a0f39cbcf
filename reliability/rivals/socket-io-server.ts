// One Socket.IO server as its documents set it up for several servers with recovery: the Redis Streams adapter over ioredis
// and `connectionStateRecovery`. A client's message goes to everybody in the room. Prints its port.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

const ROOM = 'rivals';

const http = createServer();
const io = new Server(http, {
  adapter: createAdapter(new Redis(process.env['REDIS_URL']!)),
  connectionStateRecovery: {},
});

io.on('connection', (socket) => {
  socket.on('join', async (answer: () => void) => {
    await socket.join(ROOM);
    answer();
  });
  socket.on('numbered', (message: unknown, answer: () => void) => {
    io.to(ROOM).emit('numbered', message);
    answer();
  });
});

http.listen(0, '127.0.0.1', () => process.stdout.write(`${(http.address() as AddressInfo).port}\n`));
