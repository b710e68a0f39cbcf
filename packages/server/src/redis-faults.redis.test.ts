/** What only a real Redis can do to its engine: killed connections, flushed scripts, a zombie, a frozen process. */
import { ZERO_CURSOR, type RoomId } from '@holdline/protocol';
import { eventually, freePort, spawnRedis } from '@holdline/testkit';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { APPEND_LIMITS, AppendQueues } from './commands/append-queue.ts';
import { lobby, message, messages, Recorder } from './engine.contract.ts';
import { LogError } from './log/message-log.ts';
import { Metrics } from './metrics.ts';
import { createRedisHarnesses, type RedisHarness } from './redis-engine.contract.ts';
import { createRedisEngine } from './redis-engine.ts';

const harnesses = await createRedisHarnesses();
afterAll(() => harnesses.stop());

const open: RedisHarness[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((harness) => harness.close()));
});

async function setup(): Promise<RedisHarness> {
  const harness = await harnesses.create();
  open.push(harness);
  return harness;
}

const start = { id: '0-0' as never, messageId: '' } as const;
const count = async ({ admin, keys }: RedisHarness): Promise<number> => admin.xlen(keys.room(lobby).stream);

describe('connections', () => {
  test('an instance holds two, however many rooms it listens to', async () => {
    const harness = await setup();
    const { engine } = await harness.connect('constant');
    await Promise.all(Array.from({ length: 300 }, (_, i) => engine.feed.subscribe(`room-${i}` as RoomId)));
    await Promise.all(Array.from({ length: 300 }, (_, i) => engine.log.append(`room-${i}` as RoomId, messages(2))));

    const clients = (await harness.admin.client('LIST')) as string;

    expect(clients.split('\n').filter((line) => line.includes('name=holdline:constant'))).toHaveLength(2);
  });

  test('[G3.1] an append whose answer was lost is one copy after the retry', async () => {
    const harness = await setup();
    const { engine, log } = await harness.connect('a');
    const { command } = harness.proxiesOf('a');

    await harness.admin.config('RESETSTAT');
    command.stall({ direction: 'down' });
    const lost = log.append(lobby, [message('one'), message('two')]);
    await eventually(async () => (await count(harness)) === 2);
    command.cut();
    await expect(lost).rejects.toMatchObject({ name: 'LogError', code: 'unavailable' });
    command.resume();
    await eventually(() => engine.health().status === 'ok');
    // The client must not have sent it again by itself: order would be lost with it. The script asks each dedupe hash once.
    expect(await harness.admin.info('commandstats')).toMatch(/cmdstat_hmget:calls=2,/);
    const again = await log.append(lobby, [message('one', { isRetry: true }), message('two'), message('three')]);

    expect(again.map(({ status }) => status)).toEqual(['duplicate', 'duplicate', 'stored']);
    expect(await count(harness)).toBe(3);
  });

  test('[G3.1] an append that a frozen Redis carries out later is one copy after the retry', async () => {
    const harness = await setup();
    const { engine, log } = await harness.connect('a');
    await log.append(lobby, [message('one')]);

    harnesses.redis.pause();
    await expect(log.append(lobby, [message('two')])).rejects.toMatchObject({ code: 'unavailable' });
    harnesses.redis.resume();
    await eventually(() => engine.health().status === 'ok', { deadlineMs: 10_000 });
    await eventually(async () => (await log.append(lobby, [message('two', { isRetry: true })])).length === 1);

    expect(await count(harness)).toBe(2);
  });

  test('[G5.1] the subscriber is killed under traffic: what is missed shows in the chain, what follows arrives', async () => {
    const harness = await setup();
    const a = await harness.connect('a');
    const b = await harness.connect('b');
    await b.engine.feed.subscribe(lobby);

    for (let i = 0; i < 200; i++) {
      if (i % 60 === 50) await harness.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      if (i % 60 === 59) await eventually(() => b.heard.suspects.length === Math.ceil(i / 60));
      await a.log.append(lobby, [message(`m${i}`)]);
    }
    await eventually(() => b.engine.health().status === 'ok');
    await a.log.append(lobby, [message('last')]);

    await eventually(() => b.heard.messageIds.includes('last'));
    expect(new Set(b.heard.messageIds).size).toBe(b.heard.entries.length);
    expect(b.heard.entries.length).toBeGreaterThan(100);
    expect(b.heard.suspects).toEqual(['resubscribed', 'resubscribed', 'resubscribed']);
  });

  test('[G5.1] through many cuts no subscription is lost or doubled, and no reply goes astray', async () => {
    const harness = await setup();
    const { engine, log, heard } = await harness.connect('a');
    const { command, subscriber } = harness.proxiesOf('a');
    const rooms = Array.from({ length: 50 }, (_, i) => `flap-${i}` as RoomId);
    for (const room of rooms) await engine.feed.subscribe(room);

    for (let i = 0; i < 12; i++) {
      // Cuts in the middle of the replies to the renewals.
      void subscriber.cutAfter(200 + i * 137, 'down');
      if (i % 3 === 0) command.cut();
      subscriber.cut();
      await eventually(() => subscriber.connections > 0);
    }
    // The last limit may still be pending: one more cut clears it.
    subscriber.cut();
    await eventually(() => engine.health().status === 'ok', { deadlineMs: 15_000 });
    await eventually(async () => {
      const counts = await Promise.all(rooms.map((room) => harness.controls.subscriberCount(room)));
      return counts.every((each) => each === 1);
    });
    heard.entries.length = 0;
    for (const room of rooms) await log.append(room, [message(`in-${room}`)]);

    await eventually(() => heard.entries.length === 50);
    expect(heard.messageIds).toEqual(rooms.map((room) => `in-${room}`));
    for (const room of rooms) await engine.feed.unsubscribe(room);
    for (const room of rooms) expect(await harness.controls.subscriberCount(room)).toBe(0);
  });

  test('[G5.3] a subscriber that listens to another Redis is found by the canary and replaced', async () => {
    const zombie = await spawnRedis();
    const harness = await setup();
    const { engine, log, heard } = await harness.connect('a');
    const { subscriber } = harness.proxiesOf('a');
    await engine.feed.subscribe(lobby);

    subscriber.retarget(`127.0.0.1:${zombie.port}`);
    subscriber.cut();
    await eventually(() => heard.suspects.length === 1);
    await log.append(lobby, [message('unheard')]);
    expect(engine.health().status).toBe('degraded');
    await eventually(() => harness.events.some(({ name }) => name === 'canary-overdue'), { deadlineMs: 8000 });
    subscriber.retarget(`127.0.0.1:${harnesses.redis.port}`);
    await eventually(() => engine.health().status === 'ok', { deadlineMs: 12_000 });
    await log.append(lobby, [message('heard')]);

    await eventually(() => heard.messageIds.includes('heard'));
    expect(heard.suspects.length).toBeGreaterThanOrEqual(2);
    await zombie.stop();
  });

  test('[G5.3] a subscriber whose line has gone dead is replaced', async () => {
    const harness = await setup();
    const { engine, log, heard } = await harness.connect('a');
    const { subscriber } = harness.proxiesOf('a');
    await engine.feed.subscribe(lobby);

    subscriber.stall();
    await log.append(lobby, [message('unheard')]);
    await eventually(() => engine.health().status === 'degraded', { deadlineMs: 8000 });
    subscriber.resume();
    await eventually(() => engine.health().status === 'ok', { deadlineMs: 12_000 });
    await eventually(() => heard.suspects.includes('resubscribed'));

    await log.append(lobby, [message('heard')]);
    await eventually(() => heard.messageIds.includes('heard'));
    expect(heard.messageIds.filter((id) => id === 'heard')).toHaveLength(1);
  });

  test('starts while Redis is away, and serves once it is there', async () => {
    const port = await freePort();
    const events: string[] = [];
    const engine = createRedisEngine(
      { url: `redis://127.0.0.1:${port}`, instance: 'early', observe: ({ name }) => events.push(name) },
      { startPatienceMs: 200 },
    );
    engine.feed.attach(new Recorder());

    await engine.start();
    expect(engine.health()).toEqual({ status: 'starting', findings: ['not connected to Redis'] });
    await expect(engine.log.append(lobby, [message('one')])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(engine.feed.subscribe(lobby)).rejects.toMatchObject({ code: 'unavailable' });
    const late = await spawnRedis({ port });
    await eventually(() => engine.health().status === 'ok', { deadlineMs: 10_000 });

    expect(await engine.log.append(lobby, [message('one')])).toMatchObject([{ status: 'stored' }]);
    expect(events).toContain('connection-error');
    await engine.close();
    await late.stop();
  });
});

describe('commands', () => {
  test('[G1.2] SCRIPT FLUSH under load neither reorders nor fails what is published', async () => {
    const harness = await setup();
    const { log } = await harness.connect('a');
    const queues = new AppendQueues({ log, metrics: new Metrics(), limits: APPEND_LIMITS, onFault: () => {} });
    const outcomes: string[] = [];

    for (let i = 0; i < 300; i++) {
      queues.add(lobby, {
        message: message(`m${i}`),
        verdict: () => 'send',
        answered: ({ status }) => void outcomes.push(status),
        refused: () => void outcomes.push('refused'),
      });
      if (i % 10 === 0) await harness.admin.script('FLUSH');
    }
    await queues.idle();

    expect(new Set(outcomes)).toEqual(new Set(['stored']));
    const { entries } = await log.readAfter(lobby, start, { limit: 500 });
    expect(entries.map(({ messageId }) => messageId)).toEqual(Array.from({ length: 300 }, (_, i) => `m${i}`));
  });

  test('[G2.1] a Redis user who may not use EVALSHA appends all the same', async () => {
    const harness = await setup();
    const { log } = await harness.connect('a');
    await harness.admin.acl('SETUSER', 'default', '-evalsha');

    const outcomes = await log.append(lobby, [message('one'), message('two')]);
    await harness.admin.acl('SETUSER', 'default', '+evalsha');

    expect(outcomes).toMatchObject([{ status: 'stored' }, { status: 'stored' }]);
    expect(await count(harness)).toBe(2);
  });

  test.each([
    ['NOREPLICAS', ['min-replicas-to-write', '1'], ['min-replicas-to-write', '0']],
    ['OOM', ['maxmemory', '1'], ['maxmemory', '0']],
  ])('[G6.1] %s is a refusal, and nothing is stored', async (_code, on, off) => {
    const harness = await setup();
    const { log } = await harness.connect('a');
    await harness.admin.config('SET', on[0]!, on[1]!);

    const refusal = log.append(lobby, [message('one')]);

    await expect(refusal).rejects.toMatchObject({ code: 'store_refused' });
    await harness.admin.config('SET', off[0]!, off[1]!);
    expect(await count(harness)).toBe(0);
    expect(await log.append(lobby, [message('one', { isRetry: true })])).toMatchObject([{ status: 'stored' }]);
  });

  test('[G6.1] a demoted primary refuses, and the command connection looks for another one', async () => {
    const harness = await setup();
    const { engine, log } = await harness.connect('a');
    const { command } = harness.proxiesOf('a');
    const before = command.accepted;
    await harness.admin.call('REPLICAOF', '127.0.0.1', '1');

    await expect(log.append(lobby, [message('one')])).rejects.toMatchObject({ code: 'store_refused' });
    await eventually(() => command.accepted > before);
    await harness.admin.call('REPLICAOF', 'NO', 'ONE');
    await eventually(() => engine.health().status === 'ok', { deadlineMs: 10_000 });

    expect(await log.append(lobby, [message('one')])).toMatchObject([{ status: 'stored' }]);
  });

  test.each(['stream', 'position', 'dedupe 0', 'dedupe 1'])(
    'lives on when the key of the %s holds something else',
    async (what) => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      const { stream, position, dedupe } = harness.keys.room(lobby);
      const key = { stream, position, 'dedupe 0': dedupe[0], 'dedupe 1': dedupe[1] }[what] as string;
      await harness.admin.lpush(key, 'nonsense');

      await expect(log.append(lobby, [message('one')])).rejects.toMatchObject({ code: 'unavailable' });
      const read = await log.readAfter(lobby, start, { limit: 5 }).catch((error: Error) => error);
      expect(read instanceof LogError).toBe(!what.startsWith('dedupe'));
      await harness.admin.del(key);

      expect(await log.append(lobby, [message('one', { isRetry: true })])).toMatchObject([{ status: 'stored' }]);
      expect(await count(harness)).toBe(1);
    },
  );

  test.each(['', 'nonsense', '1-1', '99999999999999999999-1~x', '1-1~x y', '0-0'])(
    'a position that is none (%j) is rebuilt from the stream',
    async (text) => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      const before = await log.append(lobby, messages(2));
      await harness.admin.set(harness.keys.room(lobby).position, text);

      expect(await log.positions([lobby])).toEqual([`${(before[1] as { id: string }).id}~m2`]);
      await log.append(lobby, [message('m3')]);

      const { gap, entries } = await log.readAfter(lobby, start, { limit: 5 });
      expect(gap).toBeNull();
      expect(entries.map(({ messageId }) => messageId)).toEqual(['m1', 'm2', 'm3']);
    },
  );

  test('a dedupe record that is none is a conflict, not a crash', async () => {
    const harness = await setup();
    const { log } = await harness.connect('a');
    await log.append(lobby, [message('one')]);
    await harness.admin.hset(harness.keys.room(lobby).dedupe[0], 'two:+alice', 'nonsense');

    expect(await log.append(lobby, [message('two')])).toEqual([{ status: 'conflict' }]);
    expect(await log.findStored(lobby, message('two'))).toBeNull();
  });

  test('an ID beyond all of ours, put there by hand, is a refusal', async () => {
    const harness = await setup();
    const { log } = await harness.connect('a');
    await log.append(lobby, [message('one')]);
    await harness.admin.xadd(
      harness.keys.room(lobby).stream,
      '18446744073709551615-18446744073709551615',
      'by',
      'hand',
    );

    await expect(log.append(lobby, [message('two')])).rejects.toMatchObject({ code: 'store_refused' });
    const page = await log.readAfter(lobby, start, { limit: 5 });
    expect(page).toMatchObject({ gap: null, hasMore: false });
    expect(page.entries.map(({ messageId }) => messageId)).toEqual(['one']);
  });
});

describe('lifetimes', () => {
  test('the stream lives by the age of its retention, the position for 30 days, a dedupe hash for two rotations', async () => {
    const harness = await harnesses.create({
      retention: [
        { pattern: 'aged', count: 100, ageMs: 60_000 },
        { pattern: 'long', count: 100, ageMs: 90 * 86_400_000 },
        { pattern: '*', count: 100, ageMs: null },
      ],
      dedupeMs: 8000,
    });
    open.push(harness);
    const { log } = await harness.connect('a');
    const ttls = async (room: string): Promise<number[]> => {
      await log.append(room as RoomId, [message('one')]);
      const { stream, position, dedupe } = harness.keys.room(room);
      return Promise.all([stream, position, dedupe[0]].map((key) => harness.admin.pttl(key)));
    };
    // Renewed at most every hundred seconds, so longer by as much.
    const near = (ms: number): unknown => expect.closeTo(ms + 100_000, -4);

    expect(await ttls('aged')).toEqual([near(60_000), near(30 * 86_400_000), near(18_000)]);
    expect(await ttls('long')).toEqual([near(90 * 86_400_000), near(90 * 86_400_000), near(18_000)]);
    expect(await ttls('other')).toEqual([-1, near(30 * 86_400_000), near(18_000)]);
  });

  test('reading a position renews it', async () => {
    const harness = await setup();
    const { log } = await harness.connect('a');
    await log.append(lobby, [message('one')]);
    const { position } = harness.keys.room(lobby);
    await harness.admin.pexpire(position, 5000);

    await log.positions([lobby]);

    await eventually(async () => (await harness.admin.pttl(position)) > 86_400_000);
    expect(await harness.admin.pttl(position)).toBeLessThanOrEqual(30 * 86_400_000 + 100_000);
  });
});

test('[G5.1] a room whose position has become something else: the others are told theirs', async () => {
  const harness = await setup();
  const { log } = await harness.connect('a');
  const [broken, other] = ['broken', 'other'] as RoomId[];
  await log.append(broken!, [message('m1')]);
  await log.append(other!, [message('m2')]);
  const { position } = harness.keys.room(broken!);
  await harness.admin.del(position);
  await harness.admin.lpush(position, 'not ours');

  const positions = await log.positions([broken!, lobby, other!]);

  expect(positions).toEqual([null, ZERO_CURSOR, expect.stringMatching(/~m2$/)]);
});
