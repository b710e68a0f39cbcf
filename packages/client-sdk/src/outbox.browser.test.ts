/**
 * The outbox in a real browser: IndexedDB, Web Locks, BroadcastChannel, frames that come and go. Serves G2.2, G2.5, G2.6.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Client } from './api.ts';
import { createClient } from './index.ts';
import { indexedDbOutboxStore } from './outbox/indexeddb-outbox-store.ts';
import type { OutboxRecord } from './outbox/outbox-store.ts';
import { FakeServer } from './testing/fake-server.ts';

/** Nobody listens there. */
const URL_OF_NOBODY = 'ws://127.0.0.1:9';
const DEADLINE = { timeout: 8_000, interval: 10 };

let server: FakeServer;
let user: string;
let count = 0;
const clients: Client[] = [];
const frames: HTMLIFrameElement[] = [];

beforeEach(() => {
  server = new FakeServer();
  // The store is one for the origin: each test is a user of its own.
  user = `user-${Date.now()}-${(count += 1)}`;
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  for (const client of clients.splice(0)) await client.close();
  for (const frame of frames.splice(0)) frame.remove();
  const store = indexedDbOutboxStore();
  const left = await store.load();
  const keys = left.map(({ key }) => key);
  await store.write([], keys);
});

const open = (): Client => {
  const client = createClient({ url: URL_OF_NOBODY, user, WebSocket: server.webSocket() });
  clients.push(client);
  return client;
};

/** Runs the server until something is the case. */
const until = (check: () => boolean | Promise<boolean>): Promise<unknown> =>
  vi.waitUntil(async () => {
    await server.flush();
    return check();
  }, DEADLINE);

const records = async (): Promise<OutboxRecord[]> => {
  const request = indexedDB.open('holdline');
  // Where the client has not made the database yet, it must not be made here: it would have no store in it.
  request.addEventListener('upgradeneeded', () => request.transaction?.abort());
  const database = await new Promise<IDBDatabase | null>((resolve) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => resolve(null));
  });
  if (database === null) return [];
  const read = database.transaction('outbox').objectStore('outbox').getAll() as IDBRequest<OutboxRecord[]>;
  const all = await new Promise<OutboxRecord[]>((resolve) =>
    read.addEventListener('success', () => resolve(read.result)),
  );
  database.close();
  return all.filter((record) => record.user === user);
};

const stored = (room = 'lobby'): string[] => server.room(room).entries.map(({ messageId }) => messageId);

/** A page of its own, with a client that finds no server. What its script posts comes back as a list. */
const openFrame = async (script: string): Promise<{ frame: HTMLIFrameElement; said: unknown[] }> => {
  const said: unknown[] = [];
  const frame = document.createElement('iframe');
  frames.push(frame);
  window.addEventListener('message', (event) => {
    if (event.source === frame.contentWindow) said.push(event.data);
  });
  const source = new URL('./index.ts', import.meta.url).href;
  frame.srcdoc = `<script type="module">
    import { createClient } from ${JSON.stringify(source)};
    const say = (text) => parent.postMessage(text, '*');
    const client = createClient(${JSON.stringify({ url: URL_OF_NOBODY, user })});
    client.on('error', () => undefined);
    const room = client.room('lobby');
    ${script}
  </script>`;
  document.body.append(frame);
  return { frame, said };
};

const PUBLISH = `
  for (const messageId of ['a', 'b']) {
    room.publish('text', messageId, { messageId }).then(
      ({ id }) => say(messageId + ' stored ' + id),
      ({ code }) => say(messageId + ' ' + code),
    );
  }`;

describe('IndexedDB', () => {
  test('[G2.2] holds a message before it is sent, and forgets it after the ack', async () => {
    const client = open();
    let kept: string[] = [];
    server.accepts = false;
    const published = client.room('lobby').publish('text', { deep: ['é', 1, null] }, { messageId: 'a' });
    await until(async () => {
      kept = (await records()).map(({ frame }) => frame.messageId);
      return kept.length === 1;
    });
    server.accepts = true;
    await until(() => client.outbox.size === 0);
    await published;
    await until(async () => (await records()).length === 0);

    expect(kept).toEqual(['a']);
    expect(stored()).toEqual(['a']);
  });

  test('[G2.2] keeps what a client without a server published for the next one', async () => {
    server.accepts = false;
    const first = open();
    void first.room('lobby').publish('text', 1, { messageId: 'a' });
    void first.room('lobby').publish('blob', new Uint8Array([1, 2, 255]), { messageId: 'b' });
    await until(async () => (await records()).length === 2);
    await first.close();
    server.accepts = true;
    void open().connect();
    await until(() => stored().length === 2);

    expect(stored()).toEqual(['a', 'b']);
    expect(server.publishes[1]).toMatchObject({ base64: 'AQL/' });
  });

  test.each([
    ['the database', false],
    ['all there is, the channel between tabs as well', true],
  ])('that refuses %s: storage-degraded, and messages go out from memory', async (_what, isAll) => {
    const refuse = (): never => {
      throw new DOMException('no', 'SecurityError');
    };
    vi.spyOn(indexedDB, 'open').mockImplementation(refuse);
    if (isAll) vi.stubGlobal('BroadcastChannel', refuse);
    const client = open();
    const degraded: string[] = [];
    client.on('storage-degraded', ({ code }) => void degraded.push(code));
    const published = client.room('lobby').publish('text', 1, { messageId: 'a' });
    await until(() => client.outbox.size === 0 && stored().length === 1);

    await expect(published).resolves.toMatchObject({ messageId: 'a' });
    expect(degraded).toEqual(['storage_failed']);
  });

  test('[G2.2] that the browser closed in the background: the message is kept all the same', async () => {
    const { transaction } = IDBDatabase.prototype;
    const used: IDBDatabase[] = [];
    const dead = new Set<IDBDatabase | undefined>();
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
      // That of the client: this test only reads.
      if (args[1] === 'readwrite') used.push(this);
      // As a browser on a phone leaves it: without a close event.
      if (dead.has(this)) throw new DOMException('The database connection is closing', 'InvalidStateError');
      return transaction.apply(this, args);
    });
    server.accepts = false;
    const client = open();
    const degraded: string[] = [];
    client.on('storage-degraded', ({ code }) => void degraded.push(code));
    void client.room('lobby').publish('text', 1, { messageId: 'a' });
    await until(async () => (await records()).length === 1);
    dead.add(used[0]);

    void client.room('lobby').publish('text', 2, { messageId: 'b' });
    await until(async () => (await records()).length === 2);

    expect(degraded).toEqual([]);
  });
});

describe('pages', () => {
  test('[G2.6] what a page left that is gone is sent, once and in order, by one that lives', async () => {
    const { frame } = await openFrame(PUBLISH);
    await until(async () => (await records()).length === 2);
    const living = open();
    const other = open();
    await Promise.all([
      until(() => living.state === 'connected' && other.state === 'connected'),
      living.connect(),
      other.connect(),
    ]);
    expect(stored()).toEqual([]);
    frame.remove();
    await until(() => stored().length === 2);
    await until(async () => (await records()).every(({ outcome }) => outcome !== undefined));

    expect(stored()).toEqual(['a', 'b']);
    expect(server.publishes.map(({ messageId }) => messageId)).toEqual(['a', 'b']);
  });

  test('[G2.6] a page that opened before and published after is seen, too', async () => {
    const { frame, said } = await openFrame(
      `client.connect(); addEventListener('message', () => { ${PUBLISH} }); say('ready');`,
    );
    await until(() => said.length === 1);
    const living = open();
    await Promise.all([until(() => living.state === 'connected'), living.connect()]);
    frame.contentWindow!.postMessage('go', '*');
    await until(async () => (await records()).length === 2);
    frame.remove();
    await until(() => stored().length === 2);

    expect(stored()).toEqual(['a', 'b']);
  });

  test('[G2.6] a page that sleeps learns from another what became of its messages', async () => {
    const { frame, said } = await openFrame(PUBLISH);
    await until(async () => (await records()).length === 2);
    frame.contentWindow!.dispatchEvent(new Event('pagehide'));
    void open().connect();
    await until(() => said.length === 2);

    expect(said).toEqual(['a stored 1001-1', 'b stored 1002-2']);
  });

  test('[G2.6] a page that wakes takes its own up again', async () => {
    server.accepts = false;
    const client = open();
    const published = client.room('lobby').publish('text', 1, { messageId: 'a' });
    await until(async () => (await records()).length === 1);
    dispatchEvent(new Event('freeze'));
    server.accepts = true;
    dispatchEvent(new Event('resume'));
    await until(() => client.outbox.size === 0);

    await expect(published).resolves.toMatchObject({ messageId: 'a' });
    expect(stored()).toEqual(['a']);
  });

  test('[G2.5] another user of the same browser sends nothing of it', async () => {
    const { frame } = await openFrame(PUBLISH);
    await until(async () => (await records()).length === 2);
    frame.remove();
    const mine = user;
    user = `${user}-other`;
    const other = open();
    await Promise.all([until(() => other.state === 'connected'), other.connect()]);
    void other.room('lobby').publish('text', 1, { messageId: 'own' });
    await until(() => stored().length > 0);
    expect(stored()).toEqual(['own']);

    user = mine;
    void open().connect();
    await until(() => stored().length === 3);
    expect(stored()).toEqual(['own', 'a', 'b']);
  });
});
