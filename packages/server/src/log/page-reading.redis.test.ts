/** A page read by the script is the page that the commands read, whatever stands in the stream and whatever Redis allows. */
import { parseCursor, ZERO_CURSOR, type Cursor } from '@holdline/protocol';
import { spawnRedis } from '@holdline/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { lobby } from '../engine.contract.ts';
import { createKeys } from '../redis/keys.ts';
import { cursorOf } from './entry.ts';
import { LogReader } from './log-reader.ts';
import type { EngineEvent } from './log-source.ts';
import { createRedisLogSource } from './redis-log-source.ts';
import { createRetentionResolver } from './retention.ts';

const server = await spawnRedis();
const redis = new Redis(server.url);
const admin = new Redis(server.url);
afterAll(async () => {
  redis.disconnect();
  admin.disconnect();
  await server.stop();
});

const keys = createKeys('t');
const { stream, position } = keys.room(lobby);
const events: EngineEvent[] = [];
const source = createRedisLogSource({
  redis,
  keys,
  observe: (event) => events.push(event),
  now: () => Date.now(),
  retentionOf: createRetentionResolver([]),
});

beforeEach(async () => {
  await admin.flushall();
  events.length = 0;
});

async function callsOf(command: string): Promise<number> {
  const stats = await admin.info('commandstats');
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
}

const add = (id: string, ...fields: string[]): Promise<unknown> => admin.xadd(stream, id, ...fields);

async function fill(count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await add(`5-${i}`, 'h', `1 j m${i} 5-${i - 1}~m${i - 1} text +Zoë`, 'd', `"ä${i}"`);
  await admin.set(position, `5-${count}~m${count}`);
}

/** As the commands answer: they are what is sent when entries from the end are wanted, too. */
async function byCommands(id: string, count: number) {
  const { position: text, after } = await source.read(lobby, id, count, 1);
  return { position: text, after, last: [], isCut: false };
}

test.each([
  ['0-0', 10],
  ['0-0', 4],
  ['5-3', 3],
  ['5-9', 10],
  ['5-10', 10],
  ['7-0', 10],
])('[G2.3] after %s, %i entries: one call, and the same page', async (id, count) => {
  await fill(10);
  const expected = await byCommands(id, count);
  const before = await callsOf('multi');

  const page = await source.read(lobby, id, count, 0);

  expect(page).toEqual(expected);
  expect(await callsOf('multi')).toBe(before);
});

test.each([31, 32, 33, 64, 65, 200])(
  '[G2.3] %i of a hundred entries: as many slices as it takes, and the same page',
  async (count) => {
    await fill(100);

    const page = await source.read(lobby, '5-2', count, 0);

    expect(page).toEqual(await byCommands('5-2', count));
    expect(page.after).toHaveLength(Math.min(count, 98));
  },
);

async function fillLarge(count: number, bytes: number): Promise<void> {
  const payload = JSON.stringify('x'.repeat(bytes));
  let previous = '0-0~';
  for (let i = 1; i <= count; i++) {
    const id = `${i <= 3 ? 5 : 7}-${i}`;
    await add(id, 'h', `1 j m${i} ${previous} text -`, 'd', payload);
    previous = `${id}~m${i}`;
    // By hand, and in the place of the next.
    if (i === 3) await add('6-4', 'h', `1 j forged ${previous} text -`, 'd', payload);
  }
  await admin.set(position, previous);
}

test('large entries are left to the commands: Lua would hash every byte of them while all others wait', async () => {
  await fillLarge(60, 5000);
  const before = await callsOf('multi');

  const few = await source.read(lobby, '0-0', 20, 0);
  const callsForFew = (await callsOf('multi')) - before;
  const many = await source.read(lobby, '0-0', 40, 0);

  expect(few.after).toHaveLength(20);
  expect(callsForFew).toBe(0);
  expect(many).toEqual(await byCommands('0-0', 40));
  expect((await callsOf('multi')) - before).toBe(2);
});

test('[G7.1] of large entries no more are read than a socket may take, whatever was read before, and none is passed over', async () => {
  await fillLarge(40, 60_000);
  const log = new LogReader({ source, observe: () => {}, retentionOf: createRetentionResolver([]) });
  const read: string[] = [];
  let cursor: Cursor = ZERO_CURSOR;

  for (let page = 0; page < 100; page++) {
    const { entries, gap, hasMore } = await log.readAfter(lobby, parseCursor(cursor)!, { limit: 500 });
    expect(gap).toBeNull();
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.length * 60_000).toBeLessThan(300_000);
    read.push(...entries.map(({ messageId }) => messageId));
    cursor = cursorOf(entries.at(-1)!);
    if (!hasMore) break;
  }

  expect(read).toEqual(Array.from({ length: 40 }, (_, i) => `m${i + 1}`));
});

test('a room without position, without entries, without anything', async () => {
  expect(await source.read(lobby, '0-0', 5, 0)).toEqual({ position: null, after: [], last: [], isCut: false });
  await fill(2);
  await admin.del(position);
  expect(await source.read(lobby, '0-0', 5, 0)).toEqual(await byCommands('0-0', 5));
  await admin.set(position, '5-2~m2');
  await admin.del(stream);
  expect(await source.read(lobby, '0-0', 5, 0)).toEqual({ position: '5-2~m2', after: [], last: [], isCut: false });
});

test.each([
  ['other fields', ['x', 'y']],
  ['a field more', ['h', 'a', 'd', 'b', 'e', 'c']],
  ['the fields in another order', ['d', 'a', 'h', 'b']],
  ['a line break in its payload', ['h', '1 j m3 5-2~m2 text -', 'd', '{\n}']],
  ['a line break in its header', ['h', 'a\nb', 'd', '{}']],
  ['bytes that are no text', ['h', 'a', 'd', '\0\t']],
])('[G6.2] an entry with %s: the page is as the commands read it', async (_what, fields) => {
  await fill(2);
  await add('6-3', ...fields);

  expect(await source.read(lobby, '0-0', 5, 0)).toEqual(await byCommands('0-0', 5));
  expect(events).toEqual([]);
});

test.each([
  ['the script is not known', () => admin.script('FLUSH'), () => Promise.resolve()],
  [
    'EVALSHA is not allowed',
    () => admin.acl('SETUSER', 'default', '-evalsha'),
    () => admin.acl('SETUSER', 'default', '+evalsha'),
  ],
  [
    'no script is allowed',
    () => admin.acl('SETUSER', 'default', '-eval', '-evalsha'),
    () => admin.acl('SETUSER', 'default', '+eval', '+evalsha'),
  ],
  [
    'Redis has no memory left',
    () => admin.config('SET', 'maxmemory', '1'),
    () => admin.config('SET', 'maxmemory', '0'),
  ],
])('[G5.1] where %s a page is read all the same', async (_what, take, giveBack) => {
  await fill(5);
  const expected = await byCommands('5-1', 3);

  await take();
  const page = await source.read(lobby, '5-1', 3, 0).finally(giveBack);

  expect(page).toEqual(expected);
});
