// The classic Pub/Sub server with a client that connects again. It claims nothing: what was sent while it was away is gone.

import { WebSocket } from 'ws';
import { startServerScript } from './child-server.ts';
import { Returns, RETURN_MS, type Numbered, type Rival } from './rival.ts';

function open(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function subscribe(port: number, deliver: (message: Numbered) => void) {
  const returns = new Returns();
  let isClosed = false;
  let socket: WebSocket;
  const listen = (fresh: WebSocket): void => {
    socket = fresh;
    fresh.on('message', (text: Buffer) => {
      const said = text.toString();
      if (said !== 'ok') deliver(JSON.parse(said) as Numbered);
    });
    fresh.on('error', () => fresh.terminate());
    fresh.on('close', () => setTimeout(again, RETURN_MS));
  };
  const again = (): void => {
    if (isClosed) return;
    open(port).then(
      (fresh) => {
        listen(fresh);
        returns.note(false);
      },
      () => setTimeout(again, RETURN_MS),
    );
  };
  listen(await open(port));
  return {
    get returns() {
      return returns.returns;
    },
    get claims() {
      return returns.claims;
    },
    backAfter: (count: number, deadlineMs: number) => returns.backAfter(count, deadlineMs),
    close() {
      isClosed = true;
      socket.close();
      return Promise.resolve();
    },
  };
}

/** Answers come in the order of the messages. */
async function publisher(port: number) {
  const socket = await open(port);
  const waiting: (() => void)[] = [];
  socket.on('message', (text: Buffer) => {
    if (text.toString() === 'ok') waiting.shift()?.();
  });
  return {
    publish(message: Numbered): Promise<void> {
      socket.send(JSON.stringify(message));
      return new Promise((resolve) => waiting.push(resolve));
    },
    close: () => Promise.resolve(socket.close()),
  };
}

export const CLASSIC: Rival = {
  name: 'ws and Pub/Sub',
  setUp: 'ws 8.23.0 and ioredis 6.0.0: what a client sends is published, what is heard goes to every client',
  async start(redisUrl) {
    const script = './classic-server.ts';
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
