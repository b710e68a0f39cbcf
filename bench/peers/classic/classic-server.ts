// The classic server for rooms on several instances: ws, and a Redis Pub/Sub channel for each room that has members here. What a member
// or publisher sends is published as it is; what is heard is sent on to the room's members as the string that it came as. Nothing is
// parsed, logged, stored or acknowledged, no compression, no heartbeat. `/<room>` is a member; `/<room>/publish` only sends.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { WebSocket, WebSocketServer } from 'ws';

const url = process.env['REDIS_URL']!;
const commands = new Redis(url);
const feed = new Redis(url);
const rooms = new Map<string, Set<WebSocket>>();

feed.on('message', (room: string, text: string) => {
  const members = rooms.get(room);
  if (members === undefined) return;
  for (const member of members) if (member.readyState === WebSocket.OPEN) member.send(text);
});

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const http = createServer((_request, response) => void response.writeHead(426).end());

http.on('upgrade', (request, socket, head) => {
  const [, room = '', role] = (request.url ?? '').split('/');
  sockets.handleUpgrade(request, socket, head, (connection) => {
    // A cut connection is an error first; without a listener it would end the process.
    connection.on('error', () => connection.terminate());
    connection.on('message', (text: Buffer) => void commands.publish(room, text.toString()));
    if (role !== 'publish') void enter(room, connection);
  });
});

async function enter(room: string, member: WebSocket): Promise<void> {
  let members = rooms.get(room);
  if (members === undefined) rooms.set(room, (members = new Set()));
  members.add(member);
  member.on('close', () => leave(room, member));
  // Also when another member has subscribed already: that may still be on its way.
  await feed.subscribe(room);
  member.send('joined');
}

function leave(room: string, member: WebSocket): void {
  const members = rooms.get(room);
  if (members === undefined) return;
  members.delete(member);
  if (members.size > 0) return;
  rooms.delete(room);
  void feed.unsubscribe(room);
}

http.listen(Number(process.env['PORT']), '127.0.0.1', () => {
  const { port } = http.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ msg: 'listening', port })}\n`);
});
// In order, so that a profile that was asked for is written.
process.on('SIGTERM', () => process.exit(0));
