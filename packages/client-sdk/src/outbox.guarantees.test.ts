/** What the outbox promises, seen from outside: a page, its store, and the wire. Serves G2.2, G1.2, G3.5, G7.4. */
import type { ClientFrame, NackFrame, PublishFrame, ServerFrame } from '@holdline/protocol';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FakePage } from './testing/fake-page.ts';
import { FakeServer, settle } from './testing/fake-server.ts';
import { SharedOutbox } from './testing/shared-outbox.ts';
import { connectPage, passTime, useVirtualTime } from './testing/virtual-time.ts';

let server: FakeServer;
let store: SharedOutbox;
let page: FakePage;

useVirtualTime();

beforeEach(() => {
  server = new FakeServer();
  store = new SharedOutbox();
  page = new FakePage(server, { store });
});

const ids = (frames: readonly PublishFrame[]): string[] => frames.map(({ messageId }) => messageId);

const publish = (messageId: string, room = 'lobby', from = page) =>
  from.client.room(room).publish('text', messageId, { messageId });

const nack = ({ room, messageId }: PublishFrame, code: string, retry: NackFrame['retry'] = 'backoff'): ServerFrame => ({
  type: 'nack',
  room,
  messageId,
  code,
  retry,
});

/** Answers publishes with these IDs by a nack, so many times each. */
const refuse = (code: string, times: Record<string, number>, retry?: NackFrame['retry']): void => {
  const left = { ...times };
  server.script = (frame) => {
    if (frame.type !== 'publish' || !left[frame.messageId]) return undefined;
    left[frame.messageId]! -= 1;
    return [nack(frame, code, retry)];
  };
};

const pass = (ms: number): Promise<void> => passTime(server, ms);

const connect = (from = page): Promise<void> => connectPage(server, from);

describe('publish', () => {
  test('[G2.1] resolves with the ack: stream ID, message ID, duplicate', async () => {
    const published = publish('a');
    await server.flush();

    await expect(published).resolves.toEqual({ id: '1001-1', messageId: 'a', duplicate: false });
    expect(page.client.outbox.size).toBe(0);
    expect(page.outcomes).toEqual(['queued a', 'sent a', 'stored a']);
    expect(store.records.size).toBe(0);
  });

  test('[G2.2] is in the store before it is first on the wire', async () => {
    await connect();
    store.isSlow = true;
    void publish('a');
    await pass(1_000);

    expect(ids(server.publishes)).toEqual([]);

    store.release();
    await server.flush();
    expect(ids(server.publishes)).toEqual(['a']);
  });

  test('[G2.2] the record holds the time of the first send before that send', async () => {
    const slow = publish('a');
    const kept: unknown[] = [];
    server.script = (frame) => {
      if (frame.type === 'publish') kept.push([...store.records.values()].map((record) => record.frame.firstSentAt));
      return undefined;
    };
    await server.flush();
    await slow;

    expect(kept).toEqual([[server.publishes[0]!.firstSentAt]]);
    expect(server.publishes[0]!.firstSentAt).toBeTypeOf('number');
  });

  test('[G1.2] many go out at once, in order, without waiting for answers', async () => {
    await connect();
    for (const messageId of ['a', 'b', 'c']) void publish(messageId);
    server.script = (frame) => (frame.type === 'publish' ? [] : undefined);
    await server.flush();

    expect(ids(server.publishes)).toEqual(['a', 'b', 'c']);
    expect(page.client.outbox.items.map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
  });

  test('[G7.3] never more in flight than the server permits', async () => {
    server.limits.maxInFlight = 10;
    server.script = (frame) => (frame.type === 'publish' ? [] : undefined);
    for (let i = 0; i < 50; i += 1) void publish(`m${i}`);
    await server.flush();

    const inFlight = server.publishes.length;
    expect(inFlight).toBeGreaterThan(0);
    expect(inFlight).toBeLessThanOrEqual(10);
  });

  test('a change of the payload after publishing changes nothing', async () => {
    const data = { body: 'before' };
    void page.client.room('lobby').publish('text', data);
    data.body = 'after';
    await server.flush();

    expect(server.publishes[0]!.data).toEqual({ body: 'before' });
  });

  test('what cannot travel is refused at once, and never sent', async () => {
    const room = page.client.room('lobby');
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const refused = await Promise.all(
      [
        room.publish('no spaces', 1),
        room.publish('text', 1, { messageId: 'no spaces' }),
        room.publish('text', loop),
        room.publish('text', 1n),
        room.publish('text', undefined),
        room.publish('text', () => 1),
      ].map((published) => published.catch((error: unknown) => error)),
    );
    await server.flush();

    const codes = ['bad_event', 'bad_message_id', 'bad_data', 'bad_data', 'bad_data', 'bad_data'];
    expect(refused.map((error) => (error as { code: string }).code)).toEqual(codes);
    expect(server.publishes).toEqual([]);
  });

  test.each(
    Object.entries({
      Map: new Map([['a', 1]]),
      Set: new Set([1]),
      Float32Array: new Float32Array([0.5]),
      DataView: new DataView(new ArrayBuffer(2)),
      Promise: Promise.resolve(1),
      RegExp: /a/,
      Symbol: Symbol('a'),
      Function: () => 1,
      BigInt: 1n,
    }),
  )('what JSON would lose or change is refused, alone and inside: %s', async (name, value) => {
    const room = page.client.room('lobby');
    const refused = [value, { body: { value } }, ['a', value]].map((data) => room.publish('text', data));
    await server.flush();

    for (const published of refused) {
      await expect(published).rejects.toMatchObject({ code: 'bad_data', message: 'bad_data: text' });
    }
    const told = await refused[1]!.catch((error: unknown) => (error as Error).cause);
    expect(String(told)).toContain(name);
    expect(server.publishes).toEqual([]);
    expect(store.records.size).toBe(0);
  });

  test.each([new Uint8Array([1]), new ArrayBuffer(1)])('bytes inside other data are refused: %s', async (bytes) => {
    const published = page.client.room('lobby').publish('text', { bytes });

    await expect(published).rejects.toMatchObject({ code: 'bad_data', cause: expect.any(Error) });
  });

  test('what JSON carries travels as JSON carries it', async () => {
    class Point {
      readonly x = 1;
    }
    const plain = Object.assign(Object.create(null) as object, { x: 1 });
    const data = [new Date(0), new Point(), plain, { left: undefined }, null, true, 'a', 1.5, Object('boxed'), []];
    void page.client.room('lobby').publish('text', data);
    await server.flush();

    const carried = ['1970-01-01T00:00:00.000Z', { x: 1 }, { x: 1 }, {}, null, true, 'a', 1.5, 'boxed', []];
    expect(server.publishes[0]!.data).toEqual(carried);
  });

  test('bytes travel as base64 and come back as bytes', async () => {
    const received: unknown[] = [];
    const room = page.client.room('lobby');
    room.on('message', ({ data }) => void received.push(data));
    await Promise.all([room.join(), server.flush()]);
    const published = room.publish('blob', new Uint8Array([0, 127, 128, 255]));
    await server.flush();
    expect(server.publishes[0]).toMatchObject({ base64: 'AH+A/w==' });
    expect(server.publishes[0]).not.toHaveProperty('data');

    await published;
    expect(received.at(-1)).toEqual(new Uint8Array([0, 127, 128, 255]));
  });
});

describe('after a cut', () => {
  test('[G2.2] what has no answer is sent again as a retry, with the time of its first send', async () => {
    server.script = (frame) => (frame.type === 'publish' ? [] : undefined);
    const published = publish('a');
    await server.flush();
    const first = server.publishes[0]!;
    server.script = undefined;
    server.line.cut();
    await pass(500);

    expect(first.retry ?? false).toBe(false);
    expect(server.publishes[1]).toEqual({ ...first, retry: true });
    await expect(published).resolves.toMatchObject({ duplicate: false });
  });

  test('[G3.1] a lost ack ends in an ack of the first copy', async () => {
    const published = publish('a');
    await connectAndHold();
    server.takeUp(server.line);
    server.line.cut();
    await pass(500);

    await expect(published).resolves.toEqual({ id: '1001-1', messageId: 'a', duplicate: true });
    expect(server.room('lobby').entries).toHaveLength(1);
  });

  test('[G1.2] the order of a room survives any number of cuts', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `m${i}`);
    const published = names.map((name) => publish(name));
    for (let cut = 0; cut < 6; cut += 1) {
      await connectAndHold();
      server.takeUp(server.line, 3);
      server.line.letDown(2);
      server.line.cut();
    }
    await connectAndHold();
    await server.flush();
    await Promise.all(published);

    expect(server.room('lobby').entries.map(({ messageId }) => messageId)).toEqual(names);
  });

  /** Connects and lets the welcome through; what follows waits in the queues. */
  const connectAndHold = async (): Promise<void> => {
    await settle();
    for (let wait = 0; server.line.state !== 'connecting' && wait < 100; wait += 1) {
      await vi.advanceTimersByTimeAsync(250);
    }
    server.line.open();
    server.takeUp(server.line, 1);
    server.line.letDown();
    await settle();
  };
});

describe('a refusal that passes', () => {
  test('[G1.2] the refused one and all after it in its room come again in order; another room is not held up', async () => {
    refuse('unavailable', { a: 1 });
    const done = ['a', 'b', 'c'].map((messageId) => publish(messageId));
    const other = publish('x', 'other');
    await server.flush();

    await expect(other).resolves.toMatchObject({ messageId: 'x' });
    expect(server.room('lobby').entries).toEqual([]);
    expect(page.client.outbox.items.map(({ state }) => state)).toEqual(['queued', 'queued', 'queued']);

    await pass(1_500);
    await Promise.all(done);
    expect(server.room('lobby').entries.map(({ messageId }) => messageId)).toEqual(['a', 'b', 'c']);
    expect(ids(server.publishes).filter((id) => id !== 'x')).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  test('[G1.2] what is published while the room rests goes behind what was refused', async () => {
    refuse('unavailable', { a: 1 });
    void publish('a');
    await server.flush();
    const late = publish('late');
    await server.flush();
    expect(ids(server.publishes)).toEqual(['a']);

    await pass(1_500);
    await late;
    expect(server.room('lobby').entries.map(({ messageId }) => messageId)).toEqual(['a', 'late']);
  });

  test('a refusal that lasts is met with pauses, not with a loop', async () => {
    refuse('store_refused', { a: Infinity });
    void publish('a');
    for (let second = 0; second < 60; second += 1) await pass(1_000);

    expect(server.publishes.length).toBeGreaterThan(10);
    expect(server.publishes.length).toBeLessThanOrEqual(121);
    expect(page.client.outbox.size).toBe(1);
  });

  test('an aborted item whose refusal holds the room closed is withdrawn or sent again: later ones pass', async () => {
    refuse('unavailable', { a: 1 });
    const aborter = new AbortController();
    const aborted = page.client.room('lobby').publish('text', 'a', { messageId: 'a', signal: aborter.signal });
    await server.flush();
    aborter.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    const later = publish('later');
    await pass(1_500);

    await expect(later).resolves.toMatchObject({ messageId: 'later' });
  });

  test('[G2.2] a second nack of an earlier send does not confuse the retry', async () => {
    await connect();
    refuse('unavailable', { a: 2 });
    const published = [publish('a'), publish('b')];
    await server.flush();
    await pass(1_500);
    await pass(1_500);
    await Promise.all(published);

    expect(server.room('lobby').entries.map(({ messageId }) => messageId)).toEqual(['a', 'b']);
  });
});

describe('a final refusal', () => {
  test('rejects with the code of the server, and is not sent again', async () => {
    refuse('forbidden', { a: Infinity }, 'never');
    const published = publish('a');
    const next = publish('b');
    await server.flush();

    await expect(published).rejects.toMatchObject({ name: 'HoldlineError', code: 'forbidden', retry: 'never' });
    await next;
    await pass(60_000);
    expect(ids(server.publishes)).toEqual(['a', 'b']);
    expect(page.outcomes).toContain('rejected a');
    expect(store.records.size).toBe(0);
  });

  test('[G3.5] a retry from beyond the window ends as unknown, and is not sent again', async () => {
    refuse('beyond_window', { a: Infinity }, 'never');
    const published = publish('a');
    await server.flush();

    await expect(published).rejects.toMatchObject({ code: 'beyond_window' });
    await pass(60_000);
    expect(page.outcomes).toEqual(['queued a', 'sent a', 'unknown a']);
    expect(ids(server.publishes)).toEqual(['a']);
    expect(store.records.size).toBe(0);
  });

  test('after a refusal that was final the room goes on, also when one before it was not', async () => {
    server.script = (frame, line) => {
      if (frame.type !== 'publish' || frame.messageId !== 'a') return undefined;
      const isSecond = line.sentOf('publish').filter(({ messageId }) => messageId === 'a').length > 1;
      return [nack(frame, isSecond ? 'bad_data' : 'unavailable', isSecond ? 'never' : 'backoff')];
    };
    const first = publish('a');
    const second = publish('b');
    await server.flush();
    await pass(1_500);
    await pass(1_500);

    await expect(first).rejects.toMatchObject({ code: 'bad_data' });
    await expect(second).resolves.toMatchObject({ messageId: 'b' });
  });
});

describe('abort', () => {
  const publishAbortable = (messageId: string): { published: Promise<unknown>; abort: () => void } => {
    const aborter = new AbortController();
    const published = page.client.room('lobby').publish('text', messageId, { messageId, signal: aborter.signal });
    return { published, abort: () => aborter.abort() };
  };

  test('before the first send: the message is withdrawn', async () => {
    server.accepts = false;
    const { published, abort } = publishAbortable('a');
    await server.flush();
    abort();

    await expect(published).rejects.toMatchObject({ code: 'aborted' });
    server.accepts = true;
    await server.flush();
    expect(server.publishes).toEqual([]);
    expect(store.records.size).toBe(0);
    expect(page.outcomes).toEqual(['queued a', 'rejected a']);
  });

  test('after it: the promise rejects, and the message goes on to its end', async () => {
    server.script = (frame) => (frame.type === 'publish' ? [] : undefined);
    const { published, abort } = publishAbortable('a');
    await server.flush();
    abort();
    await expect(published).rejects.toMatchObject({ code: 'aborted' });
    server.script = undefined;
    server.line.cut();
    await pass(500);

    expect(server.room('lobby').entries).toHaveLength(1);
    expect(page.outcomes.at(-1)).toBe('stored a');
  });

  test('before the call: nothing is kept', async () => {
    const signal = AbortSignal.abort();
    const published = page.client.room('lobby').publish('text', 1, { signal });

    await expect(published).rejects.toMatchObject({ code: 'aborted' });
    expect(page.client.outbox.size).toBe(0);
  });

  test('after the end: nothing happens', async () => {
    const { published, abort } = publishAbortable('a');
    await server.flush();
    await published;
    abort();
    await server.flush();

    expect(page.outcomes).toEqual(['queued a', 'sent a', 'stored a']);
  });
});

describe('bounds', () => {
  test('[G7.4] outbox_full by count, and free again after an end', async () => {
    page = new FakePage(server, { outbox: { maxItems: 2 } });
    server.accepts = false;
    void publish('a');
    void publish('b');
    await expect(publish('c')).rejects.toMatchObject({ code: 'outbox_full' });
    server.accepts = true;
    await server.flush();

    await Promise.all([publish('d'), server.flush()]);
    expect(ids(server.publishes)).toEqual(['a', 'b', 'd']);
  });

  test('[G7.4] outbox_full by bytes', async () => {
    page = new FakePage(server, { outbox: { maxBytes: 10_000 } });
    server.accepts = false;
    const room = page.client.room('lobby');
    void room.publish('text', 'x'.repeat(6_000));

    await expect(room.publish('text', 'x'.repeat(6_000))).rejects.toMatchObject({ code: 'outbox_full' });
    expect(page.client.outbox.size).toBe(1);
    void room.publish('text', 'small');
    expect(page.client.outbox.size).toBe(2);
  });

  test('[G7.3] larger than a frame may be: refused at once', async () => {
    await connect();
    const published = page.client.room('lobby').publish('text', 'é'.repeat(40_000));

    await expect(published).rejects.toMatchObject({ code: 'message_too_large' });
    await server.flush();
    expect(server.publishes).toEqual([]);
  });

  test('[G7.3] larger than the limits of the server that it meets: ends, and does not loop or stop others', async () => {
    server.limits.maxFrameBytes = 1_000;
    const large = page.client.room('lobby').publish('text', 'x'.repeat(5_000));
    const small = publish('small');
    await server.flush();

    await expect(large).rejects.toMatchObject({ code: 'message_too_large' });
    await expect(small).resolves.toMatchObject({ messageId: 'small' });
    expect(ids(server.publishes)).toEqual(['small']);
  });

  test('[G7.3] limits that shrink at a reconnect end what was sent before', async () => {
    server.script = (frame) => (frame.type === 'publish' ? [] : undefined);
    const large = page.client.room('lobby').publish('text', 'x'.repeat(5_000), { messageId: 'large' });
    await server.flush();
    server.script = undefined;
    server.limits.maxFrameBytes = 1_000;
    server.line.cut();
    await pass(500);

    await expect(large).rejects.toMatchObject({ code: 'message_too_large' });
    expect(ids(server.publishes)).toEqual(['large']);
    expect(store.records.size).toBe(0);
  });
});

describe('a message that closes the connection', () => {
  /** Closes every line that carries a publish of `poisoned`, a moment after it was taken. */
  const poison = (code: number, poisoned: string): void => {
    server.script = (frame: ClientFrame, line) => {
      if (frame.type !== 'publish' || frame.messageId !== poisoned) return undefined;
      queueMicrotask(() => line.cut(code));
      return [];
    };
  };

  test.each([1002, 1007, 1009, 4400])('is given up after three closes of %i while it flew alone', async (code) => {
    poison(code, 'bad');
    const published = ['a', 'bad', 'c'].map((messageId) => publish(messageId));
    for (let round = 0; round < 12; round += 1) await pass(20_000);

    await expect(published[1]).rejects.toMatchObject({ code: 'poison' });
    await expect(published[0]).resolves.toMatchObject({ messageId: 'a' });
    await expect(published[2]).resolves.toMatchObject({ messageId: 'c' });
    const sends = ids(server.publishes).filter((id) => id === 'bad').length;
    expect(sends).toBeLessThanOrEqual(4);
    expect(page.client.state).toBe('connected');
    expect(store.records.size).toBe(0);
  });

  test('counts on over a reload', async () => {
    poison(1009, 'bad');
    void publish('bad');
    await server.flush();
    page.crash();
    const second = new FakePage(server, { store });
    void second.client.connect();
    for (let round = 0; round < 12; round += 1) await pass(20_000);

    expect(second.outcomes.at(-1)).toBe('rejected bad');
    expect(ids(server.publishes)).toEqual(['bad', 'bad', 'bad']);
  });

  test('1009 with nothing in flight is an ordinary loss', async () => {
    await connect();
    server.line.cut(1009);
    await pass(20_000);

    expect(page.client.state).toBe('connected');
  });
});

test('clear() ends everything: promises reject, records go, nothing is sent', async () => {
  server.accepts = false;
  const published = [publish('a'), publish('b')];
  await server.flush();
  await page.client.outbox.clear();

  for (const each of published) await expect(each).rejects.toMatchObject({ code: 'cleared' });
  expect(store.records.size).toBe(0);
  server.accepts = true;
  await server.flush();
  expect(server.publishes).toEqual([]);
});

test('clear() calls what was sent already unknown', async () => {
  server.script = (frame) => (frame.type === 'publish' ? [] : undefined);
  void publish('a');
  await server.flush();
  await page.client.outbox.clear();

  expect(page.outcomes).toEqual(['queued a', 'sent a', 'unknown a']);
});
