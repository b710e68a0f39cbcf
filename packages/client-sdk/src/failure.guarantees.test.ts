/** What an application hears when its client fails for good, or was given options without sense. Serves G7.6. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HoldlineError } from './errors.ts';
import type { ClientOptions } from './options.ts';
import { FakePage, type PageOptions } from './testing/fake-page.ts';
import { FakeServer } from './testing/fake-server.ts';
import { useVirtualTime } from './testing/virtual-time.ts';

let server: FakeServer;
let page: FakePage;

const open = (options?: PageOptions): FakePage => (page = new FakePage(server, options));
const codes = (): string[] => page.errors.map(({ code }) => code);

useVirtualTime();

beforeEach(() => {
  server = new FakeServer();
  open();
});

afterEach(async () => {
  await page.client.close();
});

const pass = async (ms: number): Promise<void> => {
  await server.flush();
  await vi.advanceTimersByTimeAsync(ms);
  await server.flush();
};

/** Refuses every hello for good. */
const refuse = (message?: string): void => {
  server.script = ({ type }, line) => {
    if (type !== 'hello') return undefined;
    line.deliver({ type: 'error', code: 'user_changed', retry: 'never', ...(message && { message }) });
    return [];
  };
};

describe('a client that fails for good', () => {
  test('rejects every join that waits, and tells it once', async () => {
    refuse();
    const joins = ['lobby', 'kitchen'].map((name) => page.client.room(name).join());
    await pass(60_000);

    for (const join of joins) await expect(join).rejects.toMatchObject({ code: 'user_changed' });
    expect(codes()).toEqual(['user_changed']);
    expect(page.client.state).toBe('failed');
    expect(page.client.room('lobby').state).toBe('joining');
  });

  test('a connection that worked ends so, too: what waits for its place is rejected', async () => {
    await Promise.all([page.client.connect(), server.flush()]);
    server.script = ({ type }) => (type === 'join' ? [] : undefined);
    const join = page.client.room('lobby').join();
    await server.flush();
    server.line.cut(4403);

    await expect(join).rejects.toMatchObject({ code: 'lost', retry: 'never', detail: { closeCode: 4403 } });
    expect(codes()).toEqual(['lost']);
  });

  test('goes to console.error where nobody listens', async () => {
    const heard = vi.spyOn(console, 'error').mockReturnValue(undefined);
    refuse();
    open();
    page.deafen();
    void page.client.connect();
    await pass(1_000);

    expect(heard).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'user_changed' }));
  });

  test('a later join tries again, for every room; publishes wait in the outbox', async () => {
    refuse();
    const lobby = page.client.room('lobby');
    const refused = lobby.join();
    await pass(1_000);
    await expect(refused).rejects.toMatchObject({ code: 'user_changed' });
    const published = lobby.publish('text', 1);
    await pass(1_000);
    expect(server.lines).toHaveLength(1);

    server.script = undefined;
    const joined = page.client.room('kitchen').join();
    await server.flush();

    await joined;
    expect(lobby.state).toBe('live');
    await expect(published).resolves.toMatchObject({ id: '1001-1' });
  });
});

describe('options without sense', () => {
  const cases: readonly [string, Partial<ClientOptions>][] = [
    ['url', { url: 'http://holdline.example' }],
    ['url', { url: ['ws://a', 'https://b'] }],
    ['url', { url: '/ws' }],
    ['url', { url: [] }],
    ['connectTimeoutMs', { connectTimeoutMs: 0 }],
    ['minMs', { backoff: { minMs: Number.NaN } }],
    ['maxMs', { backoff: { maxMs: -1 } }],
    ['stableAfterMs', { backoff: { stableAfterMs: Infinity } }],
    ['maxItems', { outbox: { maxItems: 0 } }],
    ['maxBytes', { outbox: { maxBytes: 'many' as never } }],
  ];

  test.each(cases)('%s of %o is refused at once, by its name', (name, options) => {
    expect(() => open(options)).toThrow(new HoldlineError('bad_options', { message: name }));
    expect(() => open(options)).toThrow(`bad_options: ${name}`);
  });

  test('without a WebSocket class the client fails, and does not try for ever', async () => {
    vi.stubGlobal('WebSocket', undefined);
    open({ WebSocket: undefined as never });
    const connected = page.client.connect();
    await pass(60_000);
    vi.unstubAllGlobals();

    await expect(connected).rejects.toThrow('bad_options: WebSocket');
    expect(page.client.state).toBe('failed');
    expect(codes()).toEqual(['bad_options']);
  });

  test('a function that gives no URL is told, attempt by attempt, and asked again', async () => {
    const url = vi.fn<() => string>(() => {
      throw new SyntaxError('no server today');
    });
    open({ url });
    void page.client.connect();
    await pass(250);

    expect(url).toHaveBeenCalledTimes(2);
    expect(codes()).toEqual(['connect_failed', 'connect_failed']);
    expect(page.errors[0]!.cause).toEqual(new SyntaxError('no server today'));
    expect(page.client.state).toBe('reconnecting');
  });

  test('an auth function that fails is told', async () => {
    open({ auth: () => Promise.reject(new Error('identity is down')) });
    void page.client.connect();
    await pass(0);

    expect(page.errors).toMatchObject([{ code: 'auth_failed', cause: { message: 'identity is down' } }]);
    expect(page.client.state).toBe('reconnecting');
  });
});

describe('the text of an error', () => {
  test('of a connection: the code, and what the server said', async () => {
    refuse('the token names bob');
    const connected = page.client.connect();
    await pass(0);

    await expect(connected).rejects.toThrow('user_changed: the token names bob');
  });

  test('of a join, of a publish, of a name', async () => {
    server.script = (frame) => {
      const refusal = { retry: 'never', code: 'forbidden', message: 'not in here' } as const;
      if (frame.type === 'join')
        return [{ type: 'error', request: 'join', ref: frame.ref!, room: frame.room, ...refusal }];
      if (frame.type !== 'publish') return undefined;
      return [{ type: 'nack', room: frame.room, messageId: frame.messageId, ...refusal }];
    };
    await Promise.all([page.client.connect(), server.flush()]);
    const lobby = page.client.room('lobby');
    const [joined, published] = [lobby.join(), lobby.publish('text', 1)];
    await server.flush();

    await expect(joined).rejects.toThrow('forbidden: not in here');
    await expect(published).rejects.toThrow('forbidden: not in here');
    await expect(published).rejects.toMatchObject({ code: 'forbidden' });
    await expect(lobby.publish('text', undefined)).rejects.toThrow('bad_data: text');
    expect(() => page.client.room('no spaces')).toThrow('bad_room: no spaces');
  });

  test('[G7.6] a server whose message is no text changes nothing', async () => {
    server.script = (frame) => {
      if (frame.type !== 'publish') return undefined;
      const { room, messageId } = frame;
      const message = { toString: 1 } as never;
      return [{ type: 'nack', room, messageId, code: 'bad_data', retry: 'never', message }];
    };
    await Promise.all([page.client.connect(), server.flush()]);
    const published = page.client.room('lobby').publish('text', 1);
    await server.flush();

    await expect(published).rejects.toThrow(/^bad_data$/);
  });
});
