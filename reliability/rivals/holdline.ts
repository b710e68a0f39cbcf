// Holdline as a user gets it: two server processes with their defaults, the SDK in front.

import { createClient, type Client } from '@holdline/client';
import { spawnServer } from '@holdline/testkit';
import { Returns, RETURN_MS, type Numbered, type Rival } from './rival.ts';

const ROOM = 'rivals';
/** A random wait up to this: the mean is that of the others. */
const BACKOFF = { minMs: 2 * RETURN_MS, maxMs: 2 * RETURN_MS };

const clientOf = (port: number, user: string): Client =>
  createClient({ url: `ws://127.0.0.1:${port}`, user, storage: 'memory', backoff: BACKOFF });

async function subscribe(port: number, deliver: (message: Numbered) => void) {
  const client = clientOf(port, 'reader');
  const room = client.room(ROOM, { since: 'live' });
  const returns = new Returns();
  let gaps = 0;
  let gapsBefore = 0;
  room.on('message', ({ data }) => deliver(data as Numbered));
  room.on('gap', () => void (gaps += 1));
  await room.join();
  room.on('state', ({ current }) => {
    if (current !== 'live') return;
    returns.note(gaps === gapsBefore);
    gapsBefore = gaps;
  });
  return {
    get returns() {
      return returns.returns;
    },
    get claims() {
      return returns.claims;
    },
    backAfter: (count: number, deadlineMs: number) => returns.backAfter(count, deadlineMs),
    close: () => client.close(),
  };
}

async function publisher(port: number) {
  const client = clientOf(port, 'writer');
  const room = client.room(ROOM);
  await client.connect();
  return {
    async publish(message: Numbered) {
      await room.publish('numbered', message);
    },
    close: () => client.close({ flush: true }),
  };
}

export const HOLDLINE: Rival = {
  name: 'Holdline',
  setUp:
    'two servers with their defaults, Redis with AOF `everysec`; the SDK with its defaults but for the wait before a reconnect',
  async start(redisUrl) {
    const servers = await Promise.all([spawnServer({ redisUrl }), spawnServer({ redisUrl })]);
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
