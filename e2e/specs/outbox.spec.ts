import { eventually } from '@holdline/testkit';
import { openCrowd } from '../fixtures/crowd.ts';
import { storedEntries } from '../fixtures/log-check.ts';
import { proxyOf, type Member } from '../fixtures/member.ts';
import { expect, test } from '../fixtures/test.ts';
import { runFaultUnderLoad } from '../fixtures/traffic.ts';
import type { World } from '../fixtures/world.ts';

const idsOf = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

/** Publishes and waits until the outbox has written each message down. */
async function queue(member: Member, messageIds: readonly string[]): Promise<void> {
  for (const messageId of messageIds) await member.publish(messageId);
  const queued = messageIds.map((messageId) => `queued ${messageId}`);
  await eventually(async () => expect((await member.recording()).outbox).toEqual(expect.arrayContaining(queued)));
}

/** How often each of these messages is in the stream, in stream order. */
async function storedOf(world: World, room: string, messageIds: readonly string[]): Promise<string[]> {
  const stored = (await storedEntries(world.database, room)).map(({ messageId }) => messageId);
  return stored.filter((messageId) => messageIds.includes(messageId));
}

test('[G2.2] what was published offline is sent once when the page is opened again', async ({ world }) => {
  const { everybody, publishers } = await openCrowd(world);
  const device = await world.device();
  const ids = idsOf('offline', 10);
  const erin = await world.openPage({ user: 'erin', device });

  await runFaultUnderLoad({
    world,
    members: everybody,
    publishers,
    async fault() {
      proxyOf(erin).refuse();
      proxyOf(erin).cut();
      await queue(erin, ids);
      await erin.close();
      proxyOf(erin).accept();
      const again = await world.openPage({ user: 'erin', device, proxies: erin.proxies });
      await eventually(async () => expect(await again.unsent()).toBe(0), { deadlineMs: 15_000 });
    },
  });

  expect(await storedOf(world, erin.room, ids)).toEqual(ids);
});

test('[G2.2, G3.1, G3.6] a reload in mid-send stores each message once, in order', async ({ world }) => {
  const { everybody, publishers } = await openCrowd(world);
  const erin = await world.openPage({ user: 'erin' });
  const ids = idsOf('reload', 100);

  await runFaultUnderLoad({
    world,
    members: everybody,
    publishers,
    async fault() {
      // Everything arrives, no answer comes back: the page cannot know what is stored.
      proxyOf(erin).stall({ direction: 'down' });
      await queue(erin, ids);
      await eventually(async () => expect((await storedOf(world, erin.room, ids)).length).toBeGreaterThan(20));
      proxyOf(erin).cut();
      proxyOf(erin).resume();
      await erin.reload();
      await eventually(async () => expect(await erin.unsent()).toBe(0), { deadlineMs: 15_000 });
    },
  });

  expect(await storedOf(world, erin.room, ids)).toEqual(ids);
});

test('[G2.6] what a crashed tab left is sent once by another tab of the user', async ({ world }) => {
  const { everybody, publishers } = await openCrowd(world);
  const device = await world.device();
  const first = await world.openPage({ user: 'erin', device });
  const second = await world.openPage({ user: 'erin', device, proxies: first.proxies });
  const ids = idsOf('crash', 10);

  await runFaultUnderLoad({
    world,
    members: [...everybody, second],
    publishers,
    async fault() {
      proxyOf(first).refuse();
      proxyOf(first).cut();
      await queue(first, ids);
      await first.crash();
      proxyOf(first).accept();
      await eventually(async () => expect(await storedOf(world, second.room, ids)).toEqual(ids), {
        deadlineMs: 20_000,
      });
    },
  });

  expect(await storedOf(world, second.room, ids)).toEqual(ids);
});

test('[G2.5] what one user left unsent is not sent as another, and still as the first', async ({ world }) => {
  const { everybody, publishers } = await openCrowd(world);
  const device = await world.device();
  const ids = idsOf('erin', 5);
  const erin = await world.openPage({ user: 'erin', device });

  await runFaultUnderLoad({
    world,
    members: everybody,
    publishers,
    async fault() {
      proxyOf(erin).refuse();
      proxyOf(erin).cut();
      await queue(erin, ids);
      await erin.close();
      proxyOf(erin).accept();

      const frank = await world.openPage({ user: 'frank', device, proxies: erin.proxies });
      await frank.publish('frank-0');
      await eventually(async () => expect((await frank.recording()).acks).toHaveLength(1));
      expect(await storedOf(world, erin.room, ids)).toEqual([]);
      await frank.close();

      const again = await world.openPage({ user: 'erin', device, proxies: erin.proxies });
      await eventually(async () => expect(await again.unsent()).toBe(0), { deadlineMs: 15_000 });
    },
  });

  expect(await storedOf(world, erin.room, ids)).toEqual(ids);
  const { messages } = await everybody[1]!.recording();
  expect(new Set(messages.filter(({ messageId }) => ids.includes(messageId)).map(({ sender }) => sender))).toEqual(
    new Set(['erin']),
  );
});
