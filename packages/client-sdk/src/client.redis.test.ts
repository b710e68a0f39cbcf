/**
 * The SDK as an application uses it, against two server processes and a Redis. Serves G1.1, G2.2, G2.3, G3.1, G3.2.
 */
import { eventually, spawnRedis, spawnServer, type ServerProcess, type SpawnedRedis } from '@holdline/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Client, Room } from './api.ts';
import { createClient } from './index.ts';

let redis: SpawnedRedis;
let one: ServerProcess;
let two: ServerProcess;
const clients: Client[] = [];

const spawn = (): Promise<ServerProcess> => spawnServer({ redisUrl: redis.url, env: { HOLDLINE_DRAIN_MS: '3000' } });

beforeAll(async () => {
  redis = await spawnRedis();
});

beforeEach(async () => {
  [one, two] = await Promise.all([spawn(), spawn()]);
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all([one.kill9(), two.kill9()]);
});

afterAll(async () => {
  await redis.stop();
});

const open = (user: string, ...servers: ServerProcess[]): Client => {
  const backoff = { minMs: 50, maxMs: 300 };
  const client = createClient({ url: servers.map(({ url }) => url), user, storage: 'memory', backoff });
  clients.push(client);
  return client;
};

/** Joins, and writes down what comes. */
const listen = async (client: Client, name: string): Promise<{ room: Room; heard: string[] }> => {
  const room = client.room(name);
  const heard: string[] = [];
  room.on('message', ({ data, sender, n }) => void heard.push(`${n} ${sender} ${String(data)}`));
  room.on('gap', ({ reason }) => void heard.push(`gap ${reason}`));
  await room.join();
  return { room, heard };
};

const dataOf = (heard: readonly string[]): (string | undefined)[] => heard.map((each) => each.split(' ')[2]);

test('[G1.1] two members on two servers hear each other, in one order', async () => {
  const alice = await listen(open('alice', one), 'both-ways');
  const bob = await listen(open('bob', two), 'both-ways');

  const published = Array.from({ length: 20 }, (_, i) => [
    alice.room.publish('text', `a${i}`),
    bob.room.publish('text', `b${i}`),
  ]);
  const results = await Promise.all(published.flat());
  await eventually(() => alice.heard.length === 40 && bob.heard.length === 40);

  expect(alice.heard).toEqual(bob.heard);
  expect(new Set(results.map(({ id }) => id)).size).toBe(40);
  const ofAlice = dataOf(alice.heard).filter((data) => data?.startsWith('a'));
  expect(ofAlice).toEqual(Array.from({ length: 20 }, (_, i) => `a${i}`));
});

test('[G2.2] a server killed under load: its clients move, and everything arrives once and in order', async () => {
  const alice = await listen(open('alice', one, two), 'kill');
  const bob = await listen(open('bob', two, one), 'kill');
  const published = [];
  for (let i = 0; i < 200; i += 1) {
    published.push(alice.room.publish('text', `a${i}`));
    if (i === 100) void one.kill9();
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const results = await Promise.all(published);
  await eventually(() => bob.heard.length >= 200 && alice.heard.length >= 200, { deadlineMs: 15_000 });

  const all = Array.from({ length: 200 }, (_, i) => `a${i}`);
  expect(dataOf(bob.heard)).toEqual(all);
  expect(dataOf(alice.heard)).toEqual(all);
  expect(results).toHaveLength(200);
});

test('[G2.3] a member that was away hears what it missed, and only that', async () => {
  const alice = await listen(open('alice', one), 'away');
  const bob = await listen(open('bob', two, one), 'away');
  await alice.room.publish('text', 'before');
  await eventually(() => bob.heard.length === 1);
  const bobClient = clients.at(-1)!;
  const isBack = new Promise<void>((resolve) => {
    bobClient.on('state', ({ current }) => {
      if (current === 'connected') resolve();
    });
  });
  await two.kill9();
  await Promise.all(['while', 'away'].map((data) => alice.room.publish('text', data)));
  await isBack;
  await eventually(() => bob.heard.length === 3);

  expect(bob.heard).toEqual(['1 alice before', '2 alice while', '3 alice away']);
});

test('[G2.3] a join from the ID of a message goes on after it', async () => {
  const alice = await listen(open('alice', one), 'bare');
  const [, second] = [await alice.room.publish('text', 'a'), await alice.room.publish('text', 'b')];
  await alice.room.publish('text', 'c');
  const room = open('bob', two).room('bare', { since: second.id });
  const heard: string[] = [];
  room.on('message', ({ data }) => void heard.push(String(data)));

  await room.join();
  await eventually(() => heard.length > 0);

  expect(heard).toEqual(['c']);
});

test('a server told to stop hands over without a loss', async () => {
  const alice = await listen(open('alice', one, two), 'drain');
  const published = Array.from({ length: 50 }, (_, i) => alice.room.publish('text', `a${i}`));
  void one.sigterm();
  published.push(...Array.from({ length: 50 }, (_, i) => alice.room.publish('text', `a${i + 50}`)));
  await Promise.all(published);
  await eventually(() => alice.heard.length >= 100, { deadlineMs: 15_000 });

  expect(dataOf(alice.heard)).toEqual(Array.from({ length: 100 }, (_, i) => `a${i}`));
});

test('[G2.2] Redis away: publishes wait, and are stored when it is back', async () => {
  const alice = await listen(open('alice', one), 'redis-away');
  redis.pause();
  const published = alice.room.publish('text', 'patient');
  await eventually(() => alice.room.state === 'degraded', { deadlineMs: 15_000 });
  redis.resume();

  await expect(published).resolves.toMatchObject({ messageId: expect.any(String) });
  await eventually(() => alice.room.state === 'live', { deadlineMs: 15_000 });
  expect(dataOf(alice.heard)).toEqual(['patient']);
});

test('[G3.3] the same message ID with other content is refused, with the same content it is a duplicate', async () => {
  const { room } = await listen(open('alice', one), 'conflict');
  const first = await room.publish('text', 'same', { messageId: 'fixed' });

  await expect(room.publish('text', 'same', { messageId: 'fixed' })).resolves.toEqual({ ...first, duplicate: true });
  await expect(room.publish('text', 'other', { messageId: 'fixed' })).rejects.toMatchObject({
    code: 'message_id_conflict',
  });
});
