// Socket.IO with the Redis Streams adapter and connection state recovery. A client that was not recovered joins again, as
// the documents ask for; one that was keeps its rooms.

import { io, type Socket } from 'socket.io-client';
import { startServerScript } from './child-server.ts';
import { Returns, RETURN_MS, type Numbered, type Rival } from './rival.ts';

const OPTIONS = { transports: ['websocket'], reconnectionDelay: RETURN_MS, reconnectionDelayMax: RETURN_MS };

function connect(port: number): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}`, { ...OPTIONS, forceNew: true });
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('connect_error', (error) => {
      socket.close();
      reject(error);
    });
  });
}

async function subscribe(port: number, deliver: (message: Numbered) => void) {
  const socket = await connect(port);
  const returns = new Returns();
  socket.on('numbered', deliver);
  await socket.emitWithAck('join');
  socket.on('connect', () => {
    const { recovered } = socket;
    if (recovered) return returns.note(true);
    socket.emit('join', () => returns.note(false));
  });
  return {
    get returns() {
      return returns.returns;
    },
    get claims() {
      return returns.claims;
    },
    backAfter: (count: number, deadlineMs: number) => returns.backAfter(count, deadlineMs),
    close: () => Promise.resolve(void socket.close()),
  };
}

async function publisher(port: number) {
  const socket = await connect(port);
  return {
    async publish(message: Numbered) {
      await socket.emitWithAck('numbered', message);
    },
    close: () => Promise.resolve(void socket.close()),
  };
}

export const SOCKET_IO: Rival = {
  name: 'Socket.IO',
  setUp:
    'socket.io 4.8.4, @socket.io/redis-streams-adapter 0.3.1 over ioredis, `connectionStateRecovery: {}`, as its documents say; ' +
    'WebSocket transport, and the wait before a reconnect',
  async start(redisUrl) {
    const script = './socket-io-server.ts';
    const servers = await Promise.all([startServerScript(script, redisUrl), startServerScript(script, redisUrl)]);
    return {
      ports: [servers[0].port, servers[1].port],
      subscribe,
      publisher,
      async stop() {
        await Promise.all(servers.map((server) => server.stop()));
      },
    };
  },
};
