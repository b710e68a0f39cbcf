import { createClient } from '@holdline/client';
import { eventually } from '@holdline/testkit';
import { expect, test } from '../fixtures/test.ts';
import type { World } from '../fixtures/world.ts';

/** Longer than an instance lingers in a room without members. */
const LINGER_DEADLINE_MS = 45_000;

async function subscribersOf(world: World, room: string): Promise<number> {
  const [, count] = (await world.redis.cli('PUBSUB', 'NUMSUB', `hl:{${room}}:live`)).split('\n');
  return Number(count);
}

async function expectSubscribers(world: World, room: string, count: number): Promise<void> {
  await eventually(async () => expect(await subscribersOf(world, room)).toBe(count), {
    deadlineMs: LINGER_DEADLINE_MS,
    intervalMs: 100,
    what: `${room} has ${count} subscribed instances`,
  });
}

test('an instance is subscribed to a room while it has members there, and not for ever after', async ({ world }) => {
  expect(await subscribersOf(world, 'room')).toBe(0);

  const alice = await world.openPage({ user: 'alice' });
  await expectSubscribers(world, 'room', 1);
  const bob = await world.openPage({ user: 'bob' });
  await expectSubscribers(world, 'room', 1);

  await alice.close();
  await bob.crash();
  await expectSubscribers(world, 'room', 0);
});

test('the number of connections to Redis does not grow with the rooms', async ({ world }) => {
  const connections = async (): Promise<number> => (await world.redis.cli('CLIENT', 'LIST')).split('\n').length;
  const client = createClient({ url: world.servers[0]!.url, user: 'alice', storage: 'memory' });
  await client.room('room-0').join();
  const before = await connections();

  await Promise.all(Array.from({ length: 99 }, (_, index) => client.room(`room-${index + 1}`).join()));

  expect(await connections()).toBe(before);
  await client.close();
});
