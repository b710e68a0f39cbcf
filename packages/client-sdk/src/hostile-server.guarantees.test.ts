/**
 * What a server that sends nonsense can do to a client: end its connection, and nothing else. Every field of every frame, missing,
 * of another type, or huge: no crash, no loop without pauses, no room that falls silent. Serves G7.6.
 */
import { SERVER_FRAME_SHAPES, type ServerFrame } from '@holdline/protocol';
import { propertyRuns } from '@holdline/testkit';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
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

const listen = async (): Promise<ReturnType<FakePage['listen']>> => {
  const listening = page.listen('lobby');
  await server.flush();
  return listening;
};

const pass = (ms: number): Promise<void> => passTime(server, ms);

/** One of each, as it would fit a reader of an empty lobby; `message` and its kin are the next. */
const SOUND: Record<ServerFrame['type'], Record<string, unknown>> = {
  welcome: {
    connection: 'c1',
    instance: 'one',
    user: 'alice',
    time: 1_700_000_000_000,
    limits: { maxFrameBytes: 65_536, maxRooms: 512, maxInFlight: 256, dedupeMs: 3_600_000 },
    heartbeatMs: 15_000,
    expiresAt: 1_700_000_100_000,
  },
  authenticated: { user: 'alice', expiresAt: 1_700_000_100_000 },
  joined: { room: 'lobby', ref: 1, position: '1001-1~m1', cursor: '0-0~' },
  live: { room: 'lobby' },
  left: { room: 'lobby', code: 'forbidden' },
  message: { room: 'lobby', id: '1001-1', event: 'text', messageId: 'm1', sender: 'bob', data: 1, base64: 'AAEC' },
  ack: { room: 'lobby', messageId: 'mine', id: '1001-1', duplicate: false },
  nack: { room: 'lobby', messageId: 'mine', code: 'forbidden', retry: 'never', message: 'text' },
  signal: { room: 'lobby', event: 'typing', sender: 'bob', data: 1 },
  gap: { room: 'lobby', from: '0-0', to: '1001-1', missed: 1, reason: 'trimmed', next: '1001-1~m1' },
  skip: { room: 'lobby', cursor: '1001-1~m1' },
  error: { code: 'forbidden', retry: 'never', request: 'join', room: 'lobby', ref: 1, message: 'text' },
  notice: { notice: 'degraded', moveInMs: 5 },
  batch: { frames: [] },
  ping: {},
  pong: {},
};

/** The fields without which a message, a place or an answer would be lost: the connection ends, and starts again from what is known. */
const RELIED_ON: Partial<Record<ServerFrame['type'], readonly string[]>> = {
  welcome: ['time', 'limits', 'heartbeatMs'],
  joined: ['room', 'position', 'cursor'],
  live: ['room'],
  left: ['room'],
  message: ['room', 'id', 'event', 'messageId'],
  ack: ['room', 'messageId', 'id'],
  nack: ['room', 'messageId', 'code'],
  gap: ['room', 'from', 'reason', 'next'],
  skip: ['room', 'cursor'],
  error: ['code'],
  batch: ['frames'],
};

const MISSING = undefined;
/** Nonsense for a field of any kind: what is text is none, what is a number is none that counts. */
const NONSENSE = [MISSING, null, true, -1, 1.5, 1e300, {}, { length: 1 }, [5]];
/** Texts that are neither a name, an ID nor a cursor. */
const TEXTS = ['', 'x y', '-', '+', '1-', '1-1-1', '1-1~', '1-1~a~b', '9999999999999999-1~m', 'x'.repeat(100_000)];
const PLACES: readonly string[] = ['id', 'from', 'next', 'cursor', 'position'];

const types = Object.keys(SERVER_FRAME_SHAPES) as ServerFrame['type'][];
const fieldsOf = (type: ServerFrame['type']): string[] => Object.keys(SERVER_FRAME_SHAPES[type]);

/** The frame with one field spoilt, in all the ways. */
const spoilt = (type: ServerFrame['type'], field: string): string[] => {
  const values = PLACES.includes(field) ? [...NONSENSE, ...TEXTS] : NONSENSE;
  return values.map((value) => JSON.stringify({ type, ...SOUND[type], [field]: value }));
};

/** With an honest server from here on, everything comes, and it did not cost more than a few attempts. */
const expectRecovery = async (heard: readonly string[], why: string): Promise<void> => {
  const sent = (): number => server.lines.reduce((sum, line) => sum + line.sent.length, 0);
  const before = sent();
  await pass(3_000);
  expect(sent() - before, `${why}`).toBeLessThan(60);
  server.append('lobby', 'text', 'works', 'after');
  await pass(2_000);
  expect(heard.at(-1), `${why}`).toContain('works');
};

describe('one field of one frame', () => {
  const relied = types.flatMap((type) => (RELIED_ON[type] ?? []).map((field) => [type, field] as const));

  test.each(relied)(
    '[G7.6] %s without a sound %s: told, dropped, and resumed from what is known',
    async (type, field) => {
      for (const frame of spoilt(type, field)) {
        server = new FakeServer();
        page = new FakePage(server);
        const { heard } = await listen();
        server.line.deliver(frame);

        expect(
          page.errors.map(({ code }) => code),
          `${frame.slice(0, 200)}`,
        ).toEqual(['bad_frame']);
        expect(page.states.at(-1), `${frame.slice(0, 200)}`).toBe('reconnecting bad_frame');
        expect(server.line.closedByClient).toBe(1000);
        expect(heard).toEqual([]);
        await expectRecovery(heard, frame.slice(0, 200));
        await page.client.close();
      }
    },
  );

  const handedOn = types.flatMap((type) =>
    fieldsOf(type)
      .filter((field) => !RELIED_ON[type]?.includes(field))
      .map((field) => [type, field] as const),
  );

  test.each(handedOn)('[G7.6] %s with a strange %s: no crash, no silence, no haste', async (type, field) => {
    for (const frame of spoilt(type, field)) {
      server = new FakeServer();
      page = new FakePage(server, { auth: () => 'token' });
      const { heard, room } = await listen();
      server.line.deliver(frame);
      await pass(1_000);

      // A server may say that this user is another, or may not join: that ends in a state that tells so.
      if (page.client.state === 'failed') await Promise.all([page.client.connect(), server.flush()]);
      if (room.state === 'denied') void room.join();
      // One that lies about what is there is found out by the next that does not.
      server.line.cut();
      await pass(1_000);
      await expectRecovery(heard, frame.slice(0, 200));
      expect(page.client.state).toBe('connected');
      await page.client.close();
    }
  });

  test.each(['maxFrameBytes', 'maxInFlight'])(
    '[G7.6] a welcome with a limit %s that is none loses nothing',
    async (limit) => {
      for (const value of [...NONSENSE, 0]) {
        server = new FakeServer();
        page = new FakePage(server);
        server.welcome = { limits: { ...server.limits, [limit]: value } };
        const stored = page.client.room('lobby').publish('text', 1);
        await server.flush();
        expect(page.client.outbox.size).toBe(1);
        server.welcome = {};
        await pass(1_000);

        await expect(stored).resolves.toMatchObject({ id: '1001-1' });
        await page.client.close();
      }
    },
  );

  test('[G7.6] a heartbeat of a moment or of a thousand years keeps nobody busy', async () => {
    for (const heartbeatMs of [1, 2 ** 31, 2 ** 40]) {
      server = new FakeServer();
      page = new FakePage(server);
      server.welcome = { heartbeatMs };
      await listen();
      await pass(1_000);

      expect(server.line.sent.length, `${heartbeatMs}`).toBeLessThan(50);
      await page.client.close();
    }
  });

  test('[G7.6] a token whose end is nonsense is not renewed without pause', async () => {
    for (const expiresAt of ['soon', {}, [1, 2], -1, 1e300]) {
      server = new FakeServer();
      const auth = vi.fn<() => string>(() => 'token');
      page = new FakePage(server, { auth });
      server.welcome = { expiresAt: expiresAt as number };
      await listen();
      await pass(20_000);

      expect(auth.mock.calls.length, `${JSON.stringify(expiresAt)}`).toBeLessThan(15);
      await page.client.close();
    }
  });
});

describe('a server that goes on like that', () => {
  test('[G7.6] a malformed gap after every join costs an attempt at a time, with pauses that grow', async () => {
    server.script = (frame) => {
      const bad = { type: 'gap', ...SOUND.gap, next: 'nowhere' } as unknown as ServerFrame;
      return frame.type === 'hello' ? [server.greeting('alice'), bad] : undefined;
    };
    page.listen('lobby');
    await pass(120_000);

    expect(server.lines.length).toBeGreaterThan(5);
    expect(server.lines.length).toBeLessThan(25);
  });

  test('[G7.6] frames before a malformed one of the same batch count, those after it come again', async () => {
    const { heard } = await listen();
    for (let n = 1; n <= 3; n += 1) server.append('lobby', 'text', n);
    const [first, second, third] = server.line.down.splice(0) as ServerFrame[];
    server.line.deliver(JSON.stringify({ type: 'batch', frames: [first, { ...second, id: 5 }, third] }));
    expect(heard).toEqual(['1 text 1']);
    await pass(1_000);

    expect(heard).toEqual(['1 text 1', '2 text 2', '3 text 3']);
  });

  test('[G7.6] batches in batches, however deep, end the connection and not the page', async () => {
    for (const depth of [1, 10, 5_000]) {
      server = new FakeServer();
      page = new FakePage(server);
      const { heard } = await listen();
      server.line.deliver(`${'{"type":"batch","frames":['.repeat(depth + 1)}${']}'.repeat(depth + 1)}`);

      expect(page.errors.map(({ code }) => code)).toEqual(['bad_frame']);
      await expectRecovery(heard, String(depth));
      await page.client.close();
    }
  });

  test('[G7.6] after a handler has closed the client, the rest of the batch wakes nothing', async () => {
    const { room } = await listen();
    room.on('message', () => void page.client.close());
    const rest = ['welcome', 'authenticated'] as const;
    const frames = (['message', ...rest] as const).map((type) => ({ type, ...SOUND[type] }));
    server.line.deliver(JSON.stringify({ type: 'batch', frames }));
    await server.flush();

    expect(page.client).toMatchObject({ state: 'closed', instance: null });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('[G7.6] a payload that is not base64 does not move the cursor past its message', async () => {
    const { heard, room } = await listen();
    server.append('lobby', 'text', 1);
    const [message] = server.line.down.splice(0) as ServerFrame[];
    server.line.deliver({ ...message, base64: '%%%' } as ServerFrame);
    expect(page.errors.map(({ code }) => code)).toEqual(['bad_frame']);
    expect(room.cursor).toBe('0-0~');
    await pass(1_000);

    expect(heard).toEqual(['1 text 1']);
  });

  test('[G7.6] the handler of the error may close the client', async () => {
    await listen();
    page.client.on('error', () => void page.client.close());
    server.line.deliver({ type: 'gap' } as ServerFrame);
    await pass(60_000);

    expect(page.client.state).toBe('closed');
    expect(server.lines).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('anything at all', () => {
  const strange = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .record(
        {
          type: fc.constantFrom(
            'message',
            'gap',
            'skip',
            'joined',
            'live',
            'left',
            'ack',
            'nack',
            'batch',
            'signal',
            'error',
            'notice',
            'authenticated',
            '__proto__',
            'constructor',
            'toString',
            'hasOwnProperty',
          ),
          room: fc.constantFrom('lobby', 'other', '__proto__', 'constructor', 5, null),
          id: fc.constantFrom('1-1', 'x', '', 5, null, '9999999999999999-1', '-', '1001-0'),
          cursor: fc.constantFrom('x', '', 5, null, '1-1~'),
          messageId: fc.constantFrom('mine', '__proto__', 5, null),
          frames: fc.anything(),
          code: fc.anything(),
          retry: fc.anything(),
          ref: fc.anything(),
          next: fc.constantFrom('x', 5, null),
        },
        { requiredKeys: ['type'] },
      )
      .map((frame) => JSON.stringify(frame) ?? ''),
  );

  test('[G7.6] cannot crash the client or pollute prototypes, and the next connection works', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(strange, { maxLength: 30 }), async (frames) => {
        server = new FakeServer();
        page = new FakePage(server);
        const { heard } = await listen();
        for (const frame of frames) server.line.deliver(frame);
        await pass(100);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
        expect(Object.keys(Object.prototype)).toEqual([]);
        await page.client.close();

        page = new FakePage(server);
        const fresh = await listen();
        server.append('lobby', 'text', 'works');
        await server.flush();
        expect(fresh.heard.at(-1)).toContain('works');
        expect(heard.filter((each) => !each.startsWith('gap')).every((each) => /^\d/.test(each))).toBe(true);
      }),
      { numRuns: propertyRuns(100) },
    );
  });

  test('[G7.6] frames for rooms that were never asked for go nowhere', async () => {
    const { heard } = await listen();
    for (const room of ['__proto__', 'other'])
      server.line.deliver({ type: 'message', ...SOUND.message, room } as never);

    expect(heard).toEqual([]);
    expect(page.errors).toEqual([]);
  });

  test('[G7.6] frames of a type that only a newer server knows go nowhere', async () => {
    const { heard } = await listen();
    server.line.deliver('{"type":"news","room":"lobby","id":5}');
    await expectRecovery(heard, 'news');

    expect(page.errors).toEqual([]);
    expect(server.lines).toHaveLength(1);
  });

  test.each(['{', 'null', '', '{"type":"constructor"}'])(
    '[G7.6] %s may have been a message: the line ends, and nothing is missing after it',
    async (text) => {
      const { heard } = await listen();
      server.append('lobby', 'text', 1);
      server.line.down.splice(0);
      server.line.deliver(text);
      await pass(1_000);

      expect(page.errors.map(({ code }) => code)).toEqual(['bad_frame']);
      expect(heard).toEqual(['1 text 1']);
      expect(server.lines).toHaveLength(2);
    },
  );
});
