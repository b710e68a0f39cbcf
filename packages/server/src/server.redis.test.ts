/** The server on a real Redis, under faults that only a real one has. */
import { eventually, spawnRedis, type SpawnedRedis } from '@holdline/testkit';
import { afterAll, afterEach, expect, test } from 'vitest';
import { closeAll, startRedisServer, TestClient } from './server.kit.ts';

const redis = await spawnRedis({ appendonly: true, appendfsync: 'always' });
afterEach(closeAll);
afterAll(() => redis.stop());

interface Traffic {
  /** Stops publishing, sends again what was refused, and resolves with the message IDs acknowledged, in order. */
  stop(): Promise<readonly string[]>;
}

/** Publishes all the time, as the SDK does: what is refused as retryable is sent again, in order. */
function traffic(client: TestClient, room: string, prefix: string): Traffic {
  const due: string[] = [];
  const acked: string[] = [];
  let made = 0;
  let heard = 0;
  let inFlight = 0;
  const send = (): void => {
    for (const frame of client.frames.slice(heard)) {
      if (frame.type === 'ack') acked.push(frame.messageId);
      if (frame.type === 'nack') due.push(frame.messageId);
      if (frame.type === 'ack' || frame.type === 'nack') inFlight -= 1;
    }
    heard = client.frames.length;
    due.sort((a, b) => Number(a.split('-')[1]) - Number(b.split('-')[1]));
    while (inFlight < 20 && due.length > 0) {
      inFlight += 1;
      client.publish(room, due.shift()!, 'x', { retry: true });
    }
  };
  const maker = setInterval(() => {
    due.push(`${prefix}-${(made += 1)}`);
    send();
  }, 4);
  return {
    async stop() {
      clearInterval(maker);
      await eventually(() => (send(), acked.length === made), { deadlineMs: 15_000, intervalMs: 20 });
      return acked;
    },
  };
}

const streamOf = async (from: SpawnedRedis, room: string): Promise<readonly string[]> =>
  [...(await from.cli('XRANGE', `hl:{${room}}:log`, '-', '+')).matchAll(/^\d+-\d+$/gm)].map(([id]) => id);

test('[G5.1] the Pub/Sub connection of one instance killed under traffic: its members miss nothing and stay', async () => {
  const [here, there] = [await startRedisServer(redis.url), await startRedisServer(redis.url)];
  const room = 'killed-feed';
  const members = await Promise.all(
    [here, here, there].map((target) => TestClient.connect(target, { joins: [{ room }] })),
  );
  await Promise.all(members.map((member) => member.next('live')));
  const publishers = [await TestClient.connect(here), await TestClient.connect(there)];
  const running = publishers.map((client, i) => traffic(client, room, `p${i}`));

  for (let round = 0; round < 4; round++) {
    await members[0]!.next('message', 60 * (round + 1));
    await redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
  }
  const acked = await Promise.all(running.map((each) => each.stop()));

  const stored = await streamOf(redis, room);
  for (const member of members) {
    await member.next('message', stored.length);
    expect(member.of('message').map(({ id }) => id)).toEqual(stored);
    expect(member.of('gap')).toEqual([]);
  }
  expect(stored).toHaveLength(acked[0]!.length + acked[1]!.length);
  for (const [i, ids] of acked.entries()) {
    expect(members[0]!.messageIds().filter((id) => id.startsWith(`p${i}`))).toEqual(ids);
  }
});

test('[G2.1] [G2.4] Redis killed and restarted under traffic: members stay, nothing acknowledged is lost', async () => {
  const target = await startRedisServer(redis.url);
  const room = 'restarted';
  const member = await TestClient.connect(target, { joins: [{ room }] });
  const publisher = await TestClient.connect(target);
  await member.next('live');
  const running = traffic(publisher, room, 'p');
  await member.next('message', 100);

  await redis.kill9();
  await member.next('notice');
  await redis.restart();
  await member.until(() => member.of('notice').some(({ notice }) => notice === 'restored'), 'restored');
  const acked = await running.stop();

  const stored = await streamOf(redis, room);
  await member.next('message', stored.length);
  expect(member.of('message').map(({ id }) => id)).toEqual(stored);
  expect(member.messageIds()).toEqual(acked);
  expect(member.of('notice').map(({ notice }) => notice)).toEqual(['degraded', 'restored']);
});

test('a room is subscribed 0, 1, 0 times, and many rooms need no more connections', async () => {
  const target = await startRedisServer(redis.url, { lingerMs: 50 });
  const subscribed = async (): Promise<string> => (await redis.cli('PUBSUB', 'NUMSUB', 'hl:{one}:live')).trim();
  const connections = async (): Promise<number> => (await redis.cli('CLIENT', 'LIST')).trim().split('\n').length;
  expect(await subscribed()).toMatch(/\n0$/);
  const before = await connections();

  const client = await TestClient.connect(target, { joins: [{ room: 'one' }] });
  await client.next('live');
  expect(await subscribed()).toMatch(/\n1$/);
  for (let i = 0; i < 300; i++) client.send({ type: 'join', room: `r${i}` });
  await client.next('live', 301);
  expect(await connections()).toBe(before);
  client.socket.terminate();

  await eventually(async () => (await subscribed()).endsWith('\n0'));
});
