/** The append of the embedded engine and the Lua script, on the same random input: same outcomes, same state. */
import { randomBytes } from 'node:crypto';
import { spawnRedis } from '@holdline/testkit';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { lobby, message } from '../engine.contract.ts';
import { toAppendInput } from '../log/append-input.ts';
import { rotationOf } from '../log/dedupe.ts';
import { appendTarget, callAppendScript, readOutcomes } from '../redis/append-script.ts';
import { createKeys } from '../redis/keys.ts';
import { appendRaw } from './append.ts';
import { emptyRoom } from './room-store.ts';

const server = await spawnRedis();
const redis = new Redis(server.url);
const listener = new Redis(server.url);
afterAll(async () => {
  redis.disconnect();
  listener.disconnect();
  await server.stop();
});

const WINDOW_MS = 1000;
const START_MS = 1_900_000_000_000;

const step = fc.record({
  byMs: fc.oneof(
    { weight: 3, arbitrary: fc.nat({ max: 900 }) },
    { weight: 1, arbitrary: fc.integer({ min: -3000, max: 3000 }) },
  ),
  batch: fc.array(
    fc.record({
      id: fc.nat({ max: 12 }),
      body: fc.nat({ max: 4 }).map((n) => Math.max(0, n - 3)),
      user: fc.constantFrom('alice', 'bob', null),
      ageMs: fc.option(fc.nat({ max: 2500 })),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  forgetPosition: fc.boolean(),
});

test('[G3.1] script and memory agree on every outcome, announcement and key', { timeout: 60_000 }, async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
    const keys = createKeys(`t${randomBytes(6).toString('hex')}`).room(lobby);
    const announced: string[] = [];
    const onMessage = (channel: string, text: string): void => void (channel === keys.channel && announced.push(text));
    listener.on('message', onMessage);
    await listener.subscribe(keys.channel);
    const room = emptyRoom();
    const expected: string[] = [];
    let nowMs = START_MS;

    for (const { byMs, batch, forgetPosition } of steps) {
      nowMs += byMs;
      if (forgetPosition && byMs % 5 === 0) {
        room.position = null;
        await redis.del(keys.position);
      }
      const messages = batch.map(({ id, body, user, ageMs }) =>
        toAppendInput(
          message(`m${id}`, {
            data: `"${body}"`,
            sender: user as never,
            isRetry: ageMs !== null,
            firstSentAt: ageMs === null ? null : nowMs - ageMs,
          }),
        ),
      );
      const settings = {
        sealKey: 'key',
        maxCount: 1000,
        ageMs: null,
        windowMs: WINDOW_MS,
        rotateMs: rotationOf(WINDOW_MS),
        positionMs: 10_000_000,
        maxRecords: 6,
        nowMs,
      };
      const reply = await callAppendScript(redis, appendTarget(keys, settings), messages);
      const appended = appendRaw(room, { ...settings, messages });

      expect(readOutcomes(reply, messages.length)).toEqual(appended?.outcomes);
      if (typeof appended?.announcement === 'string') expected.push(appended.announcement);
      expect(await redis.get(keys.position)).toBe(room.position);
    }

    const stream = await redis.xrange(keys.stream, '-', '+');
    expect(stream).toEqual(room.stream.map(({ id, header, data }) => [id, ['h', header, 'd', data?.toString()]]));
    for (const [i, { startedAt, knownFrom, records }] of room.dedupe.entries()) {
      // For which lifetimes it was renewed, and what makes it a table: of no meaning to what is appended.
      const { '#kept': _lifetimes, '#wide': _wide, ...kept } = await redis.hgetall(keys.dedupe[i] ?? '');
      const head = {
        ...(startedAt > 0 && { '#': String(startedAt) }),
        ...(knownFrom > 0 && { '#from': String(knownFrom) }),
      };
      expect(kept).toEqual({ ...head, ...Object.fromEntries(records) });
    }
    await listener.unsubscribe(keys.channel);
    listener.off('message', onMessage);
    expect(announced).toEqual(expected);
  });

  await expect(fc.assert(property, { numRuns: 100 })).resolves.toBeUndefined();
});

test('[G2.3] lifetimes are renewed once in a while, and at once where settings change or the position is new', async () => {
  const keys = createKeys(`t${randomBytes(6).toString('hex')}`).room(lobby);
  const base = { sealKey: 'key', maxCount: 1000, windowMs: WINDOW_MS, rotateMs: 10_000_000, maxRecords: 1000 };
  let count = 0;
  const ttlsAfter = async (ageMs: number | null, nowMs: number): Promise<readonly number[]> => {
    count += 1;
    const settings = { ...base, ageMs, nowMs, positionMs: 10_000_000 };
    await callAppendScript(redis, appendTarget(keys, settings), [toAppendInput(message(`m${count}`))]);
    return Promise.all([keys.stream, keys.position, keys.dedupe[0]].map((key) => redis.pttl(key)));
  };
  const near = (ms: number): unknown => expect.closeTo(ms, -4);
  const renewed = [near(700_000), near(10_100_000), near(20_100_000)];

  expect(await ttlsAfter(600_000, START_MS)).toEqual(renewed);
  await Promise.all([keys.stream, keys.position, keys.dedupe[0]].map((key) => redis.pexpire(key, 50_000)));
  expect(await ttlsAfter(600_000, START_MS + 99_999)).toEqual([near(50_000), near(50_000), near(50_000)]);
  expect(await ttlsAfter(600_000, START_MS + 100_000)).toEqual(renewed);
  expect(await ttlsAfter(null, START_MS + 100_000)).toEqual([-1, ...renewed.slice(1)]);
  expect(await ttlsAfter(600_000, START_MS + 100_000)).toEqual(renewed);
  await redis.del(keys.position);
  expect(await ttlsAfter(600_000, START_MS + 100_000)).toEqual(renewed);
  expect(await redis.object('ENCODING', keys.dedupe[0])).toBe('hashtable');
});
