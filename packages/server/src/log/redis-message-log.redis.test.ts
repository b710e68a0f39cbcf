/** What the Redis log keeps for a room must not outlive what it was made from. */
import { randomBytes } from 'node:crypto';
import { eventually, spawnRedis } from '@holdline/testkit';
import type { RoomId } from '@holdline/protocol';
import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { message } from '../engine.contract.ts';
import { createKeys } from '../redis/keys.ts';
import { decodeAnnouncement } from './announcement.ts';
import { RedisMessageLog } from './redis-message-log.ts';
import { createRetentionResolver } from './retention.ts';

const server = await spawnRedis();
const redis = new Redis(server.url);
const listener = new Redis(server.url);
afterAll(async () => {
  redis.disconnect();
  listener.disconnect();
  await server.stop();
});

function createLog() {
  const keys = createKeys(`t${randomBytes(6).toString('hex')}`);
  const heard: { channel: string; bytes: Buffer }[] = [];
  const state = { sealKey: 'one', nowMs: null as number | null };
  const log = new RedisMessageLog({
    redis,
    keys,
    retentionOf: createRetentionResolver([{ pattern: 'short', count: 5, ageMs: 60_000 }]),
    dedupeMs: 1000,
    dedupeRecords: 100,
    sealKey: () => state.sealKey,
    observe: () => {},
    now: () => Date.now(),
    testClock: () => state.nowMs,
  });
  listener.on('messageBuffer', (channel: Buffer, bytes: Buffer) => heard.push({ channel: channel.toString(), bytes }));
  const listen = (room: string): Promise<unknown> => listener.subscribe(keys.channel(room));
  return { log, keys, heard, state, listen };
}

const LOBBY = 'lobby' as RoomId;
const SHORT = 'short' as RoomId;

test('[G6.2] an append is sealed with the key of now, not with that of the append before', async () => {
  const { log, heard, state, listen } = createLog();
  await listen(LOBBY);

  await log.append(LOBBY, [message('m1')]);
  state.sealKey = 'two';
  await log.append(LOBBY, [message('m2')]);

  await eventually(() => expect(heard.length).toBe(2));
  const types = (key: string) => heard.map(({ bytes }) => decodeAnnouncement(bytes, key).type);
  expect(types('one')).toEqual(['entries', 'foreign']);
  expect(types('two')).toEqual(['foreign', 'entries']);
});

test('[G1.1] appends to several rooms in turns go each to its own, with its own retention', async () => {
  const { log, keys } = createLog();

  for (const id of ['m1', 'm2', 'm3']) {
    for (const room of [LOBBY, SHORT])
      expect(await log.append(room, [message(id)])).toMatchObject([{ status: 'stored' }]);
  }

  for (const room of [LOBBY, SHORT]) expect(await redis.xlen(keys.room(room).stream)).toBe(3);
  // Lifetimes are renewed once in 100 s, and are longer by as much.
  expect(await redis.pttl(keys.room(SHORT).stream)).toBeLessThanOrEqual(160_000);
  expect(await redis.pttl(keys.room(LOBBY).stream)).toBeGreaterThan(160_000);
});

test('[G1.1] a clock of a test counts for the append that it was read for', async () => {
  const { log, state } = createLog();

  state.nowMs = 1_900_000_000_000;
  const [first] = await log.append(LOBBY, [message('m1')]);
  state.nowMs = 1_900_000_000_500;
  const [second] = await log.append(LOBBY, [message('m2')]);

  expect([first, second]).toEqual([
    { status: 'stored', id: '1900000000000-1' },
    { status: 'stored', id: '1900000000500-2' },
  ]);
});
