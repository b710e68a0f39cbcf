// The server that is written in an afternoon: ws, and Redis Pub/Sub between the instances. What a client sends is published,
// and what is heard goes to every client. Prints its port.

import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { WebSocket, WebSocketServer } from 'ws';

const CHANNEL = 'rivals';

const commands = new Redis(process.env['REDIS_URL']!);
const feed = new Redis(process.env['REDIS_URL']!);
await feed.subscribe(CHANNEL);

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
server.on('connection', (socket) => {
  // A cut connection is an error first; without a listener it would end the process.
  socket.on('error', () => socket.terminate());
  socket.on('message', (text: Buffer) => {
    void commands.publish(CHANNEL, text.toString()).then(() => socket.send('ok'));
  });
});
feed.on('message', (_channel, text) => {
  for (const socket of server.clients) if (socket.readyState === WebSocket.OPEN) socket.send(text);
});
server.on('listening', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
