/**
 * The clients under attack: SDKs in one Node process, half of them on the WebSocket of Node, half on that of `ws`. They publish
 * and receive in one room, and keep what they were told. Nobody handles the promises: the events must be enough.
 */
import { createClient, memoryOutboxStores, type Client } from '@holdline/client';
import { WebSocket as WsSocket } from 'ws';
import { answerParent } from '../../process/measured.ts';
import type { ClientAccount, ClientsTask } from './client-run.ts';

interface Running {
  readonly client: Client;
  readonly received: string[];
  readonly stored: string[];
  readonly rejected: string[];
  published: number;
}

let task: ClientsTask | undefined;
let running: Running[] = [];

function start(given: ClientsTask): void {
  task = given;
  running = Array.from({ length: given.clients }, (_, index) => startOne(given, index));
}

function startOne({ url, room, user }: ClientsTask, index: number): Running {
  const client = createClient({
    url: `${url}/?client=${index}`,
    user: `${user}-${index}`,
    storage: memoryOutboxStores()(),
    backoff: { minMs: 20, maxMs: 400, stableAfterMs: 1000 },
    connectTimeoutMs: 1000,
    ...(index % 2 === 0 && { WebSocket: WsSocket }),
  });
  const one: Running = { client, received: [], stored: [], rejected: [], published: 0 };
  // What makes no sense is an event; without a listener it would go to the console.
  client.on('error', () => undefined);
  client.outbox.on('stored', ({ messageId }) => one.stored.push(messageId));
  client.outbox.on('rejected', ({ messageId, error }) => one.rejected.push(`${messageId} ${error.code}`));
  client.outbox.on('unknown', ({ messageId, error }) => one.rejected.push(`${messageId} ${error.code}`));
  const joined = client.room(room, { since: 'start' });
  joined.on('message', ({ messageId }) => void one.received.push(messageId));
  void joined.join().catch(() => undefined);
  return one;
}

function publish(): void {
  running.forEach((one, index) => {
    const messageId = `c${index}-${(one.published += 1)}`;
    void one.client
      .room(task?.room ?? '')
      .publish('text', { from: index, n: one.published }, { messageId })
      .catch(() => undefined);
  });
}

const account = (): readonly ClientAccount[] =>
  running.map(({ client, received, stored, rejected, published }) => ({
    state: client.state,
    waiting: client.outbox.size,
    published,
    received,
    stored,
    rejected,
  }));

answerParent({
  own: () => ({ cpuMs: Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1000) }),
  commands: {
    start: (given) => start(given as ClientsTask),
    publish,
    account,
    // A server has said "do not come back"; the application asks once more.
    connect: () => {
      for (const { client } of running) if (client.state === 'failed') void client.connect().catch(() => undefined);
    },
    join: () => {
      for (const { client } of running)
        void client
          .room(task?.room ?? '')
          .join()
          .catch(() => undefined);
    },
    close: async () => {
      await Promise.all(running.map(({ client }) => client.close()));
      running = [];
    },
  },
});
