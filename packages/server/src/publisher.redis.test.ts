import { createProxy, eventually, freePort } from '@holdline/testkit';
import { afterAll, afterEach, expect, test } from 'vitest';
import { lobby } from './engine.contract.ts';
import { createPublisher, PublishError, type Publisher, type PublisherOptions } from './publisher.ts';
import { createRedisHarnesses, type RedisHarness } from './redis-engine.contract.ts';

const harnesses = await createRedisHarnesses();
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});
afterAll(() => harnesses.stop());

async function setup(
  options: Partial<PublisherOptions> = {},
): Promise<{ harness: RedisHarness; publisher: Publisher }> {
  const harness = await harnesses.create();
  const publisher = createPublisher({ redis: harnesses.redis.url, prefix: harness.keys.prefix, ...options });
  closers.push(
    () => harness.close(),
    () => publisher.close(),
  );
  return { harness, publisher };
}

test('[G2.1] what it publishes is stored and heard by the instances', async () => {
  const { harness, publisher } = await setup();
  const { engine, heard } = await harness.connect('a');
  await engine.feed.subscribe(lobby);

  const first = await publisher.publish(lobby, 'order:paid', { order: 7 });
  const second = await publisher.publish(lobby, 'text', null, { messageId: 'mine', sender: 'alice' });

  await eventually(() => heard.entries.length === 2);
  expect(heard.entries).toMatchObject([
    { id: first.id, messageId: first.messageId, event: 'order:paid', sender: null, kind: 'json' },
    { id: second.id, messageId: 'mine', event: 'text', sender: 'alice' },
  ]);
  expect(heard.entries.map(({ data }) => data.toString())).toEqual(['{"order":7}', 'null']);
  expect([first.duplicate, second.duplicate]).toEqual([false, false]);
  expect(harness.events).toEqual([]);
});

test.each([
  ['bytes', new Uint8Array([0, 255, 7]).subarray(1), '"/wc="'],
  ['a Buffer', Buffer.from('hi'), '"aGk="'],
  ['an ArrayBuffer', new Uint8Array([1]).buffer, '"AQ=="'],
  ['none', new Uint8Array(0), '""'],
])('publishes binary as a client does: %s', async (_what, data, base64) => {
  const { harness, publisher } = await setup();
  const { engine, heard } = await harness.connect('a');
  await engine.feed.subscribe(lobby);

  await publisher.publish(lobby, 'stroke', data);

  await eventually(() => heard.entries.length === 1);
  expect(heard.entries[0]).toMatchObject({ kind: 'binary', event: 'stroke' });
  expect(heard.entries[0]!.data.toString()).toBe(base64);
});

test('[G3.1] [G3.3] the same message ID is a repeat, or a conflict', async () => {
  const { publisher } = await setup();

  const first = await publisher.publish(lobby, 'text', { a: 1 }, { messageId: 'one' });
  const again = await publisher.publish(lobby, 'text', { a: 1 }, { messageId: 'one' });
  const conflict = publisher.publish(lobby, 'text', { a: 2 }, { messageId: 'one' });

  expect(again).toEqual({ id: first.id, messageId: 'one', duplicate: true });
  await expect(conflict).rejects.toMatchObject({ code: 'message_id_conflict', retry: 'never', messageId: 'one' });
});

const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;

test.each([
  ['bad_room', ['no spaces', 'text', 1]],
  ['bad_event', [lobby, 'no spaces', 1]],
  ['bad_message_id', [lobby, 'text', 1, { messageId: '' }]],
  ['bad_data', [lobby, 'text', 1, { sender: '' }]],
  ['bad_data', [lobby, 'text', undefined]],
  ['bad_data', [lobby, 'text', () => 1]],
  ['bad_data', [lobby, 'text', 1n]],
  ['bad_data', [lobby, 'text', cycle]],
  ['bad_data', [lobby, 'text', new Map([['a', 1]])]],
  ['bad_data', [lobby, 'text', { bytes: new Uint8Array([1]) }]],
  ['bad_data', [lobby, 'text', deep(101)]],
  ['message_too_large', [lobby, 'text', 'x'.repeat(1000)]],
  ['message_too_large', [lobby, 'text', new Uint8Array(1000)]],
] as const)('refuses with %s', async (code, args) => {
  const { publisher } = await setup({ maxMessageBytes: 1000 });

  const refusal = publisher.publish(...(args as unknown as Parameters<Publisher['publish']>));

  await expect(refusal).rejects.toThrow(PublishError);
  await expect(refusal).rejects.toMatchObject({ code });
  await expect(publisher.publish(lobby, 'text', deep(100))).resolves.toMatchObject({ duplicate: false });
  await expect(publisher.publish(lobby, 'text', '[{"\\'.repeat(150))).resolves.toMatchObject({ duplicate: false });
});

test('[G1.2] keeps the order of its calls in a room through lost connections', async () => {
  const proxy = await createProxy({ target: `127.0.0.1:${harnesses.redis.port}` });
  const { harness, publisher } = await setup({ redis: `redis://127.0.0.1:${proxy.port}` });
  closers.push(() => proxy.close());

  const calls: Promise<unknown>[] = [];
  for (let i = 0; i < 200; i++) {
    calls.push(publisher.publish(lobby, 'text', i, { messageId: `m${i}` }));
    if (i % 50 === 25) {
      await eventually(() => proxy.connections > 0);
      proxy.cut();
    }
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(calls);

  const entries = await harness.admin.xrange(harness.keys.room(lobby).stream, '-', '+');
  expect(entries.map(([, fields]) => fields[3])).toEqual(Array.from({ length: 200 }, (_, i) => String(i)));
});

test('[G3.1] without a word a publisher tries for half a short window, not for the ten seconds of a long one', async () => {
  const { publisher } = await setup({ redis: `redis://127.0.0.1:${await freePort()}`, dedupeMs: 1000 });

  // The usual ten seconds are more than such a window allows.
  await expect(publisher.publish(lobby, 'text', 1)).rejects.toMatchObject({ code: 'unavailable' });
});

test('gives up in time where Redis is away, and says that it may have been stored', async () => {
  const { publisher } = await setup({ redis: `redis://127.0.0.1:${await freePort()}`, retryForMs: 200 });

  const refusal = publisher.publish(lobby, 'text', 1, { messageId: 'one' });

  await expect(refusal).rejects.toMatchObject({ code: 'unavailable', retry: 'backoff', messageId: 'one' });
});

test('takes no more than it may hold', async () => {
  const { publisher } = await setup({ redis: `redis://127.0.0.1:${await freePort()}`, retryForMs: 300 });

  const results = await Promise.allSettled(Array.from({ length: 10_050 }, () => publisher.publish(lobby, 'text', 1)));

  const codes = results.map((result) =>
    result.status === 'rejected' ? (result.reason as PublishError).code : 'stored',
  );
  expect(codes.filter((code) => code === 'overloaded')).toHaveLength(50);
  expect(codes.filter((code) => code === 'unavailable')).toHaveLength(10_000);
});

test('closing settles what waits, and nothing is taken after it', async () => {
  const { harness, publisher } = await setup();

  const calls = Array.from({ length: 30 }, (_, i) => publisher.publish(lobby, 'text', i));
  await publisher.close();

  expect(await Promise.all(calls)).toHaveLength(30);
  await expect(publisher.publish(lobby, 'text', 1)).rejects.toMatchObject({ code: 'closed' });
  const registered = await harness.admin.hvals('holdline:instances');
  expect(registered.filter((record) => record.includes(harness.keys.prefix))).toEqual([]);
});
