import type { WebSocketLike } from '@holdline/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLine, type Line } from '../line/breakable-socket.ts';
import { createRoute, type Route } from '../line/route.ts';
import type { ConversationEvent } from './conversation.ts';
import { createSession, type Session } from './session.ts';

/** A server at the other end of the wire that welcomes everybody and stores what it is told to. */
class Wire implements WebSocketLike {
  static all: Wire[] = [];
  static isUp = true;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly url: string;
  readonly frames: { type: string; messageId?: string }[] = [];

  constructor(url: string) {
    this.url = url;
    Wire.all.push(this);
    queueMicrotask(() =>
      Wire.isUp ? this.onopen?.({} as never) : this.onclose?.({ code: 1006, reason: '' } as never),
    );
  }
  send(text: string): void {
    const frame = JSON.parse(text) as { type: string };
    this.frames.push(frame);
    if (frame.type !== 'hello') return;
    const limits = { maxFrameBytes: 65_536, maxRooms: 512, maxInFlight: 256, dedupeMs: 3_600_000 };
    const welcome = { type: 'welcome', connection: 'c', instance: `at ${this.url}`, user: 'alice', time: Date.now() };
    this.answer({ ...welcome, limits, heartbeatMs: 10_000 });
  }
  close(): void {}
  answer(frame: object): void {
    queueMicrotask(() => this.onmessage?.({ data: JSON.stringify(frame) } as never));
  }
}

let line: Line;
let route: Route;
let events: { room: string; event: ConversationEvent }[];
let session: Session;

beforeEach(() => {
  vi.useFakeTimers();
  // Backoff is jittered: two attempts in one step would be one too many for a test that waits for the second line.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  Wire.all = [];
  Wire.isUp = true;
  line = createLine(Wire);
  route = createRoute(
    [
      { name: 'A', url: 'ws://a/' },
      { name: 'B', url: 'ws://b/' },
    ],
    'A',
  );
  events = [];
  session = createSession({
    user: 'alice',
    line,
    route,
    onOutbox: (room, event) => events.push({ room, event }),
    onConnection: () => {},
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Lets virtual time pass, half a minute at most, until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  for (let step = 0; step < 300 && !isSo(); step += 1) await vi.advanceTimersByTimeAsync(100);
  expect(isSo()).toBe(true);
}

const states = (state: string): Promise<void> => until(() => session.view().state === state);

test('it connects on start, says where it is, and lets go on stop', async () => {
  const stop = session.start();
  await states('connected');
  expect(session.view()).toMatchObject({ instance: 'at ws://a/', instanceName: 'A', retryAt: null });

  stop();
  expect(session.view()).toMatchObject({ client: null, state: 'idle', instance: null });
});

test('started a second time, it dials the same instance with a new client', async () => {
  session.start()();
  const stop = session.start();
  await states('connected');

  expect(session.view().instanceName).toBe('A');
  stop();
});

test('an instance that is gone is followed by the other one', async () => {
  const stop = session.start();
  await states('connected');
  Wire.isUp = false;
  line.cut();
  await states('reconnecting');
  expect(session.view().retryAt).not.toBeNull();
  await until(() => Wire.all.length === 2);
  Wire.isUp = true;
  await states('connected');

  expect(Wire.all.map(({ url }) => url)).toEqual(['ws://a/', 'ws://a/', 'ws://b/']);
  expect(session.view().instanceName).toBe('B');
  stop();
});

test('a line that is blocked on purpose does not send the tab to the other one', async () => {
  const stop = session.start();
  await states('connected');
  line.block(true);
  await states('reconnecting');
  await vi.advanceTimersByTimeAsync(20_000);
  line.block(false);
  await states('connected');

  expect(session.view().instanceName).toBe('A');
  stop();
});

test('what the outbox does with a message comes with its order, and is counted while it waits', async () => {
  const stop = session.start();
  await states('connected');
  const published = session.view().client?.room('chat:lobby').publish('text', { body: 'hello' }, { messageId: 'm1' });
  await vi.waitFor(() => expect(Wire.all[0]?.frames.at(-1)).toMatchObject({ type: 'publish', messageId: 'm1' }));
  expect(session.view().waiting).toBe(1);
  Wire.all[0]?.answer({ type: 'ack', room: 'chat:lobby', messageId: 'm1', id: '5-1', duplicate: false });
  await published;
  await vi.waitFor(() => expect(session.view().waiting).toBe(0));

  const told = events.map(({ room, event }) => (event.type === 'outbox' ? [room, event.change, event.order] : []));
  expect(told).toEqual([
    ['chat:lobby', 'queued', ['m1']],
    ['chat:lobby', 'sent', ['m1']],
    ['chat:lobby', 'stored', []],
  ]);
  stop();
});
