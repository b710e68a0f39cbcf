/** The rights that docs/OPERATIONS.md gives a user of Redis are all that an instance needs: read from there, and tried. */
import { readFileSync } from 'node:fs';
import { parseCursor, ZERO_CURSOR } from '@holdline/protocol';
import { eventually, spawnRedis } from '@holdline/testkit';
import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { lobby, message, Recorder } from './engine.contract.ts';
import type { EngineEvent } from './log/log-source.ts';
import { createPublisher } from './publisher.ts';
import { createRedisEngine } from './redis-engine.ts';

const OPERATIONS = new URL('../../../docs/OPERATIONS.md', import.meta.url);
const [line = ''] = /^ACL SETUSER .*$/m.exec(readFileSync(OPERATIONS, 'utf8')) ?? [];

const redis = await spawnRedis();
const admin = new Redis(redis.url);
afterAll(async () => {
  admin.disconnect();
  await redis.stop();
});

test('[G5.1] with these rights and no others an instance and a publisher do all that they do', async () => {
  const [, ...words] = line.split(' ');
  await admin.call('ACL', ...words.map((word) => (word.startsWith('>') ? '>secret' : word)));
  const url = redis.url.replace('redis://', 'redis://holdline:secret@');
  const events: EngineEvent[] = [];
  const observe = (event: EngineEvent): void => void events.push(event);
  const engine = createRedisEngine({ url, instance: 'a', observe });
  const publisher = createPublisher({ redis: url, observe });
  const heard = new Recorder();
  const { log, feed } = engine;
  feed.attach(heard);
  await engine.start();

  await feed.subscribe(lobby);
  for (let n = 1; n <= 40; n++) await log.append(lobby, [message(`m${n}`)]);
  const retry = { ...message('m1'), isRetry: true, firstSentAt: Date.now() };
  const repeated = await log.append(lobby, [retry]);
  await publisher.publish(lobby, 'text', { from: 'the back end' });
  await feed.signal(lobby, { event: 'typing', sender: null, data: '1' });
  await eventually(() => heard.entries.length === 41 && heard.signals.length === 1);
  const whole = await log.readAfter(lobby, parseCursor(ZERO_CURSOR)!, { limit: 100 });
  await admin.xdel(`hl:{${lobby}}:log`, whole.entries[4]!.id);
  const holed = await log.readAfter(lobby, whole.entries[3]!, { limit: 2 });
  const [position] = await log.positions([lobby]);
  const start = await log.startCursor(lobby, 3);
  const before = await log.cursorsBefore(lobby, position!);
  const stored = await log.findStored(lobby, message('m1'));
  await feed.unsubscribe(lobby);

  expect(repeated).toMatchObject([{ status: 'duplicate' }]);
  expect(whole.entries).toHaveLength(41);
  expect(holed.gap).toMatchObject({ reason: 'deleted', missed: 1 });
  expect(position).toBe(whole.position);
  expect(parseCursor(start)).not.toBeNull();
  expect(before).toHaveLength(16);
  expect(stored).toBe(whole.entries[0]!.id);
  expect(engine.health().status).toBe('ok');
  await Promise.all([engine.close(), publisher.close()]);
  expect(await admin.hgetall('holdline:instances')).toEqual({});
  expect(events).toEqual([]);
  expect(await admin.call('ACL', 'LOG')).toEqual([]);
});

test('they are rights over its own keys and channels', async () => {
  const rights = (await admin.call('ACL', 'LIST')) as readonly string[];
  const mine = rights.find((each) => each.startsWith('user holdline '))!;

  expect(mine).toContain(' ~hl:* ~holdline:instances ');
  expect(mine).toContain(' &hl:* ');
  const other = new Redis(redis.url.replace('redis://', 'redis://holdline:secret@'), { maxRetriesPerRequest: 0 });
  await expect(other.get('someone:else')).rejects.toThrow('NOPERM');
  await expect(other.flushall()).rejects.toThrow('NOPERM');
  await expect(other.config('GET', '*')).rejects.toThrow('NOPERM');
  other.disconnect();
});
