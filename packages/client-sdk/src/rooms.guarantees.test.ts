/** What a room promises, seen from outside: order, once, gaps, and the way back. Serves G1.1, G2.3, G3.2, G4.7. */
import {
  DEFAULT_MAX_FRAME_BYTES,
  type Cursor,
  type GapFrame,
  type JoinFrame,
  type JoinRequest,
  type MessageFrame,
  type ServerFrame,
  type StreamId,
} from '@holdline/protocol';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { RoomOptions } from './api.ts';
import { savedCursor } from './index.ts';
import { FakePage } from './testing/fake-page.ts';
import { FakeServer } from './testing/fake-server.ts';
import { passTime, useVirtualTime } from './testing/virtual-time.ts';

let server: FakeServer;
let page: FakePage;

useVirtualTime();

beforeEach(() => {
  server = new FakeServer();
  page = new FakePage(server);
});

/** Messages 1 to n of the lobby, in the log before anybody joins. */
const fill = (count: number): void => {
  for (let n = 1; n <= count; n += 1) server.append('lobby', 'text', n);
};

const fail = (): never => {
  throw new Error('full');
};

const listen = async (options?: RoomOptions): Promise<ReturnType<FakePage['listen']>> => {
  const listening = page.listen('lobby', options);
  await server.flush();
  return listening;
};

const pass = (ms: number): Promise<void> => passTime(server, ms);

/** Cuts the line and waits until the client is back. */
const reconnect = async (): Promise<void> => {
  server.line.cut();
  await pass(20_000);
};

const texts = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i} text ${from + i}`);

const send = async (...frames: (ServerFrame | string)[]): Promise<void> => {
  for (const frame of frames) server.line.deliver(frame);
  await server.flush();
};

const message = (n: number, more: Partial<MessageFrame> = {}): MessageFrame =>
  ({
    type: 'message',
    room: 'lobby',
    id: `${1_000 + n}-${n}`,
    event: 'text',
    messageId: `m${n}`,
    sender: 'bob',
    data: n,
    ...more,
  }) as MessageFrame;

/** All joins so far, those that travelled with a hello included. */
const joins = (): (JoinRequest | JoinFrame)[] =>
  server.lines.flatMap(({ sent }) =>
    sent.flatMap((frame) => (frame.type === 'hello' ? (frame.joins ?? []) : frame.type === 'join' ? [frame] : [])),
  );

describe('join', () => {
  test('resolves at live, not before', async () => {
    fill(3);
    const room = page.client.room('lobby', { since: 'start' });
    room.on('message', () => undefined);
    const states: string[] = [];
    room.on('state', ({ current }) => void states.push(current));
    let isJoined = false;
    void room.join().then(() => {
      isJoined = true;
    });
    server.script = (frame) => {
      if (frame.type !== 'hello') return undefined;
      const joined = { type: 'joined', room: 'lobby', ref: 1, position: '1003-3~m3', cursor: '0-0~' };
      return [server.greeting('alice'), joined as ServerFrame, message(1)];
    };
    await server.flush();
    expect([isJoined, room.state]).toEqual([false, 'catching-up']);
    await send({ type: 'live', room: 'lobby' } as ServerFrame);

    expect(isJoined).toBe(true);
    expect(states).toEqual(['joining', 'catching-up', 'live']);
  });

  test('[G8.4] a denial rejects, is told as state, and is not tried again by itself', async () => {
    deny('never', 'forbidden');
    const { room } = page.listen('lobby');
    const joined = room.join();
    await server.flush();

    await expect(joined).rejects.toMatchObject({ code: 'forbidden', retry: 'never' });
    expect(room.state).toBe('denied');
    await reconnect();
    expect(joins()).toHaveLength(1);

    server.script = undefined;
    const again = room.join();
    await server.flush();
    await again;
    expect(room.state).toBe('live');
  });

  test('a refusal that passes is tried again with pauses, and the promise waits', async () => {
    deny('backoff', 'unavailable');
    const { room } = page.listen('lobby');
    const joined = room.join();
    for (let second = 0; second < 120; second += 1) await pass(1_000);
    expect(room.state).toBe('degraded');
    expect(joins().length).toBeGreaterThan(5);
    expect(joins().length).toBeLessThan(60);

    server.script = undefined;
    for (let second = 0; second < 20; second += 1) await pass(1_000);
    await joined;
    expect(room.state).toBe('live');
  });

  test('many rooms come back with one hello', async () => {
    for (let i = 0; i < 100; i += 1) void page.client.room(`room-${i}`).join();
    await server.flush();
    await reconnect();

    expect(server.line.sentOf('hello')[0]!.joins).toHaveLength(100);
    expect(server.line.sentOf('join')).toEqual([]);
    expect(page.client.room('room-99').state).toBe('live');
  });

  test('[G7.3] what does not fit into one hello follows in joins of its own; no room is left out', async () => {
    const rooms = Array.from({ length: 512 }, (_, n) => `${n}`.padEnd(128, 'r'));
    const bytes = (frame: unknown): number => JSON.stringify(frame).length;
    const size = (): number => Math.max(...server.line.sent.map(bytes));
    const live = (): number => rooms.filter((name) => page.client.room(name).state === 'live').length;
    for (const room of rooms) page.listen(room);
    await server.flush();
    // The limit of the server is not known yet.
    expect(size()).toBeLessThanOrEqual(DEFAULT_MAX_FRAME_BYTES);
    expect(live()).toBe(512);
    // Each with long cursors, 1, 2, 4 … 64 back.
    const skips = (room: string): ServerFrame[] =>
      Array.from(
        { length: 65 },
        (_, n) => ({ type: 'skip', room, cursor: `1-${n + 1}~${'c'.repeat(64)}` }) as ServerFrame,
      );
    for (const room of rooms) server.line.deliver({ type: 'batch', frames: skips(room) as never });
    await reconnect();

    const asked = [...server.line.sentOf('hello').flatMap((hello) => hello.joins ?? []), ...server.line.sentOf('join')];
    expect(asked.map(({ room }) => room as string).toSorted()).toEqual(rooms.toSorted());
    expect(asked.every(({ recent }) => recent?.length === 7)).toBe(true);
    expect(bytes(asked)).toBeGreaterThan(4 * server.limits.maxFrameBytes);
    expect(size()).toBeLessThanOrEqual(server.limits.maxFrameBytes);
    expect(live()).toBe(512);
  });

  test('[G7.3] a server that takes smaller frames than the hello supposed is asked with less, until all rooms are live', async () => {
    const maxFrameBytes = 1_024;
    server.limits = { ...server.limits, maxFrameBytes };
    const bytes = (frame: unknown): number => JSON.stringify(frame).length;
    // As `ws` ends a socket: beyond twice the limit.
    server.script = (frame, line) => {
      if (bytes(frame) <= 2 * maxFrameBytes) return undefined;
      line.cut(1009);
      return [];
    };
    const rooms = Array.from({ length: 60 }, (_, n) => `${n}`.padEnd(128, 'r'));
    const live = (): number => rooms.filter((name) => page.client.room(name).state === 'live').length;
    for (const room of rooms) page.listen(room);
    for (let second = 0; second < 60; second += 1) await pass(1_000);

    expect(live()).toBe(60);
    expect(server.lines.length).toBeLessThan(10);
    expect(Math.max(...server.line.sent.map(bytes))).toBeLessThanOrEqual(2 * maxFrameBytes);
    // The longest places there are: a join names fewer of the older ones rather than not fit.
    const skips = (room: string): ServerFrame[] =>
      Array.from({ length: 20 }, (_, n) => {
        const cursor = `${10 ** 14 + n}-${10 ** 14 + n}~${'c'.repeat(64)}`;
        return { type: 'skip', room, cursor } as ServerFrame;
      });
    for (const room of rooms) server.line.deliver({ type: 'batch', frames: skips(room) as never });
    await reconnect();

    expect(live()).toBe(60);
    expect(server.lines.length).toBeLessThan(11);
    expect(Math.max(...server.line.sent.map(bytes))).toBeLessThanOrEqual(maxFrameBytes);
    expect(server.line.sentOf('join').at(-1)!.recent).toHaveLength(4);
  });

  test('[G7.3] a join that no frame can hold is given up, and harms no other room', async () => {
    const { room: other } = await listen();
    const room = page.client.room('kitchen', { since: 'x'.repeat(70_000) });
    const states: unknown[] = [];
    room.on('state', ({ current, error }) => void states.push([current, error?.code]));

    await expect(room.join()).rejects.toMatchObject({ code: 'message_too_large' });
    await reconnect();
    expect(states).toEqual([['left', 'message_too_large']]);
    expect(other.state).toBe('live');
    expect(server.lines).toHaveLength(2);

    // Without a connection it is asked for with the next one.
    server.line.cut();
    const again = room.join();
    await pass(20_000);
    await expect(again).rejects.toMatchObject({ code: 'message_too_large' });
    expect([room.state, other.state, server.lines.length]).toEqual(['left', 'live', 3]);
  });

  test('leave() ends the membership; a join after it goes on where it was', async () => {
    const { room, heard } = await listen();
    fill(2);
    await server.flush();
    room.leave();
    await server.flush();
    server.append('lobby', 'text', 3);
    await server.flush();
    expect(heard).toEqual(texts(1, 2));
    void room.join();
    await server.flush();

    expect(heard).toEqual(texts(1, 3));
  });

  test('left before the join was answered: the promise rejects, and the server is told', async () => {
    const { room } = page.listen('lobby');
    const joined = room.join();
    await server.flush();
    room.leave();
    const again = room.join();
    room.leave();
    await server.flush();

    await joined;
    await expect(again).rejects.toMatchObject({ code: 'left' });
    expect(server.line.sent.at(-1)).toMatchObject({ type: 'leave', room: 'lobby' });
    expect(room.state).toBe('left');
  });

  test('what comes from a membership that ended is not delivered', async () => {
    const { room, heard } = await listen();
    room.leave();
    await send(message(1));

    expect(heard).toEqual([]);
  });

  const deny = (retry: 'never' | 'backoff', code: string): void => {
    server.script = (frame) => {
      const refusal = (join: JoinRequest): ServerFrame => ({
        type: 'error',
        code,
        retry,
        request: 'join',
        room: join.room,
        ...(join.ref === undefined ? {} : { ref: join.ref }),
      });
      if (frame.type === 'join') return [refusal(frame)];
      return frame.type === 'hello' ? [server.greeting('alice'), ...(frame.joins ?? []).map(refusal)] : undefined;
    };
  };
});

describe('delivery', () => {
  test('[G1.1] in the order of the stream, with what a message is', async () => {
    fill(2);
    const room = page.client.room('lobby', { since: 'start' });
    const received: unknown[] = [];
    room.on('message', (each) => void received.push(each));
    void room.join();
    await server.flush();
    server.append('lobby', 'text', 3);
    await server.flush();

    expect(received).toEqual([
      {
        id: '1001-1',
        n: 1,
        cursor: '1001-1~m1',
        event: 'text',
        data: 1,
        sender: 'bob',
        messageId: 'm1',
        at: 1001,
        replayed: true,
      },
      {
        id: '1002-2',
        n: 2,
        cursor: '1002-2~m2',
        event: 'text',
        data: 2,
        sender: 'bob',
        messageId: 'm2',
        at: 1002,
        replayed: true,
      },
      {
        id: '1003-3',
        n: 3,
        cursor: '1003-3~m3',
        event: 'text',
        data: 3,
        sender: 'bob',
        messageId: 'm3',
        at: 1003,
        replayed: false,
      },
    ]);
    expect(room.cursor).toBe('1003-3~m3');
  });

  test('[G3.2] a message that comes twice is delivered once', async () => {
    const { heard } = await listen();
    await send(message(1), message(2), message(1), message(2), message(3));

    expect(heard).toEqual(texts(1, 3));
  });

  test('[G1.1] a batch is its frames one by one', async () => {
    const { heard } = await listen();
    await send({ type: 'batch', frames: [message(1), message(2), message(2), message(3)] });

    expect(heard).toEqual(texts(1, 3));
  });

  test('[G3.2] the own message comes once, whether before or after its ack', async () => {
    const { heard } = await listen();
    const published = page.client.room('lobby').publish('text', 'mine');
    await server.flush();
    await published;

    expect(heard).toEqual(['1 text "mine"']);
  });

  test('without a message handler nothing is delivered, and nothing is lost when the first one comes', async () => {
    fill(3);
    const room = page.client.room('lobby', { since: 'start' });
    await Promise.all([room.join(), server.flush()]);
    server.append('lobby', 'text', 4);
    await server.flush();
    const heard: unknown[] = [];
    const off = room.on('message', ({ n }) => void heard.push(n));
    await server.flush();
    expect(heard).toEqual([1, 2, 3, 4]);

    off();
    server.append('lobby', 'text', 5);
    server.append('lobby', 'text', 6);
    await server.flush();
    room.on('message', ({ n }) => void heard.push(n));
    await server.flush();
    server.append('lobby', 'text', 7);
    await server.flush();
    expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('[G4.7] without a message handler a gap waits, too', async () => {
    fill(5);
    server.room('lobby').trim(3);
    const room = page.client.room('lobby', { since: '1001-1~m1' });
    const heard: unknown[] = [];
    room.on('gap', ({ reason }) => void heard.push(reason));
    await Promise.all([room.join(), server.flush()]);
    expect(heard).toEqual([]);
    room.on('message', ({ n }) => void heard.push(n));
    await server.flush();

    expect(heard).toEqual(['trimmed', 4, 5]);
  });

  test('a handler that throws or rejects is reported, and harms no other', async () => {
    const room = page.client.room('lobby');
    room.on('message', () => {
      throw new Error('first');
    });
    room.on('message', () => Promise.reject(new Error('second')));
    const heard: number[] = [];
    room.on('message', ({ n }) => void heard.push(n));
    await Promise.all([room.join(), server.flush()]);
    fill(2);
    await server.flush();

    expect(heard).toEqual([1, 2]);
    expect(page.errors.map(({ code }) => code)).toEqual(Array(4).fill('handler_failed'));
    expect(room.state).toBe('live');
  });

  test('a handler may leave, publish, or take itself back in the middle of a batch', async () => {
    const { room, heard } = await listen();
    room.on('message', ({ n }) => {
      if (n === 1) void room.publish('text', 'again');
      if (n === 2) room.leave();
    });
    await send({ type: 'batch', frames: [message(1), message(2), message(3)] });

    expect(heard).toEqual(texts(1, 2));
    expect(server.publishes).toHaveLength(1);
  });

  test('[G2.3] a join from a bare stream ID goes on after it, and so does the next one', async () => {
    fill(3);
    const { heard } = await listen({ since: '1001-1' as StreamId });
    expect(heard).toEqual(texts(2, 3));
    await reconnect();
    server.append('lobby', 'text', 4);
    await server.flush();

    expect(heard).toEqual(texts(2, 4));
    expect(page.errors.map(({ code }) => code)).toEqual([]);
  });

  test('a signal reaches its handler, and moves no cursor', async () => {
    const { room } = await listen();
    const signals: unknown[] = [];
    room.on('signal', ({ event, data, sender }) => void signals.push([event, data, sender]));
    const { cursor } = room;
    await send({ type: 'signal', room: 'lobby', event: 'typing', sender: 'bob', data: 1 } as ServerFrame);
    room.signal('typing', 2);

    expect(signals).toEqual([['typing', 1, 'bob']]);
    expect(server.line.sent.at(-1)).toEqual({ type: 'signal', room: 'lobby', event: 'typing', data: 2 });
    expect(room.cursor).toBe(cursor);
  });

  test('a signal while offline goes nowhere, now and later', async () => {
    const { room } = await listen();
    server.line.cut();
    room.signal('typing', 1);
    await pass(20_000);

    expect(server.lines.flatMap((line) => line.sentOf('signal'))).toEqual([]);
  });
});

describe('coming back', () => {
  test('[G2.3] goes on after the last message, however much was missed', async () => {
    const { heard } = await listen();
    fill(3);
    await server.flush();
    server.line.cut();
    for (let n = 4; n <= 2_000; n += 1) server.append('lobby', 'text', n);
    await pass(20_000);

    expect(heard).toEqual(texts(1, 2_000));
    expect(joins().at(-1)).toMatchObject({ since: '1003-3~m3' });
  });

  test('[G4.5] names recent cursors 1, 2, 4 … 512 back', async () => {
    await listen();
    fill(600);
    await server.flush();
    await reconnect();
    const back = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    expect(joins().at(-1)!.recent).toEqual(back.map((far) => `${1_600 - far}-${600 - far}~m${600 - far}`));
  });

  test('[G1.3] what comes between the request to join again and its answer is not delivered twice or early', async () => {
    const { heard } = await listen();
    fill(5);
    server.line.down.splice(1, 1);
    await server.flush();

    expect(heard).toEqual(texts(1, 5));
  });

  test('[G1.3] the answer to an older join does not count', async () => {
    const { room } = await listen();
    await send(message(2));
    const stale = { type: 'joined', room: 'lobby', ref: 1, position: '1009-9~m9', cursor: '1009-9~m9' } as ServerFrame;
    server.script = (frame) => (frame.type === 'join' ? [] : undefined);
    await send(message(4));
    server.line.deliver(stale);

    expect(room.state).not.toBe('live');
    expect(room.cursor).not.toBe('1009-9~m9');
  });

  test('a hole that stays is asked for with pauses, not in a loop', async () => {
    fill(5);
    server.room('lobby').entries.splice(2, 1);
    const { heard, room } = await listen({ since: 'start' });
    for (let second = 0; second < 60; second += 1) await pass(1_000);

    expect(heard).toEqual(texts(1, 2));
    expect(joins().length).toBeGreaterThan(2);
    expect(joins().length).toBeLessThan(40);
    expect(room.state).not.toBe('live');
  });

  test('a room that goes on without a predecessor costs one question a message at most', async () => {
    const { heard } = await listen();
    for (let n = 2; n < 50; n += 2) await send(message(n));

    expect(heard).toEqual([]);
    expect(joins().length).toBeLessThanOrEqual(26);
  });
});

describe('gaps', () => {
  test('[G4.7] once, and before any newer message', async () => {
    const { heard } = await listen();
    fill(2);
    await server.flush();
    server.line.cut();
    for (let n = 3; n <= 8; n += 1) server.append('lobby', 'text', n);
    server.room('lobby').trim(5);
    await pass(20_000);
    await reconnect();
    await reconnect();

    expect(heard).toEqual([...texts(1, 2), 'gap trimmed 1002-2..1005-5 3', ...texts(6, 8)]);
  });

  test('[G4.7] moves the cursor even when nothing follows', async () => {
    const { room, heard } = await listen();
    fill(1);
    await server.flush();
    await send(gap('expired', '1001-1', '1004-4', '1004-4~m4'));

    expect(room.cursor).toBe('1004-4~m4');
    await send(message(5));
    expect(heard).toEqual(['1 text 1', 'gap expired 1001-1..1004-4 3', '5 text 5']);
  });

  test('[G3.2] after a rewritten history what was seen before is not delivered again', async () => {
    const { heard } = await listen();
    fill(5);
    await server.flush();
    server.line.cut();
    const lost = server.room('lobby').forget(3);
    server.room('lobby').append(entry('m6', 6));
    for (const { messageId, data } of lost) server.room('lobby').append(entry(messageId, data));
    await pass(20_000);

    expect(heard).toEqual([...texts(1, 5), 'gap rewritten 1001-1..1005-5 4', '3 text 6']);
  });

  test('[G3.2] the same message ID of another sender is another message', async () => {
    const { heard } = await listen();
    fill(2);
    await server.flush();
    await send(
      gap('rewritten', '1001-1', '1002-2', '1001-1~m1'),
      message(2, { sender: 'carol' as never, data: 'hers' }),
    );

    expect(heard.at(-1)).toBe('2 text "hers"');
  });

  test('[G4.7] a skip moves the cursor and tells nothing', async () => {
    const { room, heard } = await listen();
    fill(1);
    await server.flush();
    await send({ type: 'skip', room: 'lobby', cursor: '1002-2~note' } as ServerFrame, message(3));

    expect(heard).toEqual(['1 text 1', '3 text 3']);
    expect(room.cursor).toBe('1003-3~m3');
  });

  const entry = (messageId: string, data: unknown) => ({ messageId, data, event: 'text', sender: 'bob' }) as never;

  const gap = (reason: string, from: string, to: string, next: string): GapFrame =>
    ({
      type: 'gap',
      room: 'lobby',
      from,
      to,
      missed: Number(to.split('-')[1]) - Number(from.split('-')[1]),
      reason,
      next,
    }) as GapFrame;
});

describe('the saved cursor', () => {
  test('is asked once, stands above since, and hears of each message in order', async () => {
    fill(3);
    const saved: string[] = [];
    const persist = {
      load: vi.fn<() => string>(() => '1001-1~m1'),
      delivered: (room: string, cursor: string) => void saved.push(`${room} ${cursor}`),
    };
    const { heard } = await listen({ since: 'start', persist });
    await reconnect();

    expect(heard).toEqual(texts(2, 3));
    expect(saved).toEqual(['lobby 1002-2~m2', 'lobby 1003-3~m3']);
    expect(persist.load).toHaveBeenCalledTimes(1);
  });

  test('moves when the promise of the handler has settled, and never past one that has not', async () => {
    const saved = new Map<string, string>();
    const keeper = savedCursor({ get: (name) => saved.get(name) ?? null, set: (name, to) => void saved.set(name, to) });
    const room = page.client.room('lobby', { persist: keeper });
    const finish: (() => void)[] = [];
    room.on('message', () => new Promise<void>((...[resolve]) => void finish.push(resolve)));
    await Promise.all([room.join(), server.flush()]);
    fill(3);
    await server.flush();
    finish[1]!();
    await server.flush();
    expect([...saved.values()].filter((cursor) => cursor !== '0-0~')).toEqual([]);
    finish[0]!();
    await server.flush();
    expect([...saved.values()]).toEqual(['1002-2~m2']);

    page.crash();
    page = new FakePage(server);
    const { heard } = await listen({ persist: keeper });
    expect(heard).toEqual(['3 text 3']);
  });

  test.each([
    ['throws', () => fail()],
    ['rejects', () => Promise.reject(new Error('full'))],
  ])('a keeper that %s is reported, and delivery goes on', async (_how, delivered) => {
    fill(2);
    const { room, heard } = await listen({ since: 'start', persist: { load: () => null, delivered } });
    fill(1);
    await server.flush();
    await reconnect();

    expect(heard).toEqual(['1 text 1', '2 text 2', '3 text 1']);
    expect(page.errors.map(({ code, cause }) => [code, String(cause)])).toEqual(
      Array(3).fill(['handler_failed', 'Error: full']),
    );
    expect([room.state, server.lines.length]).toEqual(['live', 2]);
  });

  test('a keeper that cannot load is reported, and the room starts where it was told to', async () => {
    fill(1);
    const { room, heard } = await listen({
      since: 'start',
      persist: { load: () => fail(), delivered: () => undefined },
    });

    expect(heard).toEqual(['1 text 1']);
    expect(page.errors.map(({ code, cause }) => [code, String(cause)])).toEqual([['handler_failed', 'Error: full']]);
    expect([room.state, server.lines.length]).toEqual(['live', 1]);
  });

  test('is told of the end of the handlers, also when one rejects', async () => {
    const handled: Promise<unknown>[] = [];
    const persist = {
      load: () => null,
      delivered: (...args: [string, string, Promise<unknown>]) => void handled.push(args[2]),
    };
    const room = page.client.room('lobby', { persist });
    let finish!: () => void;
    room.on('message', () => new Promise<void>((...[resolve]) => void (finish = resolve)));
    room.on('message', () => Promise.reject(new Error('application')));
    await Promise.all([room.join(), server.flush()]);
    fill(1);
    await server.flush();
    let isSettled = false;
    void handled[0]!.then(() => (isSettled = true));
    await server.flush();
    expect(isSettled).toBe(false);
    finish();
    await server.flush();

    expect(isSettled).toBe(true);
  });
});

test('the cursor of a room is where since goes on', async () => {
  fill(3);
  const { room } = await listen({ since: 'start' });
  const cursor = room.cursor as Cursor;
  server.append('lobby', 'text', 4);
  page = new FakePage(server);
  const { heard } = await listen({ since: cursor });

  expect(heard).toEqual(['4 text 4']);
});
