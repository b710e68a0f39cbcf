import { afterEach, expect, test, vi } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '@holdline/protocol';
import { closeAll, startServer, TestClient, type TestServer } from '../server.kit.ts';

// Seconds when the machine is idle; a loaded one is no failure.
vi.setConfig({ testTimeout: 30_000 });

afterEach(closeAll);

/** A member that goes on receiving while somebody else misbehaves: checked at the end of every case. */
class Bystander {
  readonly #client: TestClient;
  #published = 0;

  private constructor(client: TestClient) {
    this.#client = client;
  }

  static async join(target: TestServer): Promise<Bystander> {
    const client = await TestClient.connect(target, { user: 'bystander', joins: [{ room: 'quiet' }] });
    await client.next('live');
    return new Bystander(client);
  }

  /** What it was refused, after one more message has come through. */
  async complaints(): Promise<readonly string[]> {
    const messageId = `still-${(this.#published += 1)}`;
    this.#client.publish('quiet', messageId);
    await this.#client.until(() => this.#client.messageIds().includes(messageId), messageId);
    return [...this.#client.of('error'), ...this.#client.of('nack')].map(({ code }) => code);
  }
}

interface RefusedFrame {
  readonly name: string;
  readonly code: ErrorCode;
  /** Sent as text when it is a string, as JSON otherwise. */
  readonly frame: unknown;
  readonly names?: Readonly<Record<string, unknown>>;
}

const REFUSED: readonly RefusedFrame[] = [
  { name: 'malformed JSON', code: 'bad_frame', frame: '{"type":"join"' },
  { name: 'JSON that is no object', code: 'bad_frame', frame: '[1]' },
  { name: 'no type', code: 'bad_frame', frame: { room: 'lobby' } },
  { name: 'an unknown type', code: 'unknown_frame', frame: { type: 'teleport' } },
  { name: 'a type out of the prototype', code: 'unknown_frame', frame: { type: 'toString' } },
  { name: 'a ref of the wrong type', code: 'bad_frame', frame: { type: 'join', room: 'lobby', ref: 'x' } },
  { name: 'a room with a brace', code: 'bad_room', frame: { type: 'join', room: 'a{b}', ref: 3 }, names: { ref: 3 } },
  { name: 'no room', code: 'bad_room', frame: { type: 'join' } },
  { name: 'an empty room', code: 'bad_room', frame: { type: 'join', room: '' } },
  { name: 'a room that is too long', code: 'bad_room', frame: { type: 'join', room: 'r'.repeat(129) } },
  {
    name: 'a malformed cursor',
    code: 'bad_cursor',
    frame: { type: 'join', room: 'lobby', since: '-' },
    names: { room: 'lobby' },
  },
  { name: 'a cursor with leading zeros', code: 'bad_cursor', frame: { type: 'join', room: 'lobby', since: '01-1~a' } },
  { name: 'a range bound of Redis as cursor', code: 'bad_cursor', frame: { type: 'join', room: 'lobby', since: '+' } },
  { name: 'a malformed older cursor', code: 'bad_cursor', frame: { type: 'join', room: 'lobby', recent: ['x'] } },
  { name: 'a start that is none', code: 'bad_since', frame: { type: 'join', room: 'lobby', since: { last: -1 } } },
  { name: 'a signal without data', code: 'bad_data', frame: { type: 'signal', room: 'lobby', event: 'typing' } },
  {
    name: 'a signal with a bad event',
    code: 'bad_event',
    frame: { type: 'signal', room: 'lobby', event: 'a b', data: 1 },
  },
  {
    name: 'a publish without a message ID',
    code: 'bad_message_id',
    frame: { type: 'publish', room: 'lobby', event: 'e', data: 1 },
  },
  { name: 'hello twice', code: 'hello_repeated', frame: { type: 'hello', client: 'again' } },
];

test.each(REFUSED)('[G7.6] $name: error $code, and the connection goes on', async ({ code, frame, names = {} }) => {
  const target = await startServer();
  const bystander = await Bystander.join(target);
  const client = await TestClient.connect(target);

  client.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));

  expect(await client.next('error')).toMatchObject({ code, retry: ERROR_CODES[code].retry, ...names });
  await client.settled();
  expect(await bystander.complaints()).toEqual([]);
});

interface RefusedPublish {
  readonly name: string;
  readonly code: ErrorCode;
  readonly publish: Readonly<Record<string, unknown>>;
}

const deep = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

const PUBLISHES: readonly RefusedPublish[] = [
  { name: 'a bad event', code: 'bad_event', publish: { event: 'a b', data: 1 } },
  { name: 'no payload', code: 'bad_data', publish: { event: 'text' } },
  { name: 'two payloads', code: 'bad_data', publish: { event: 'text', data: 1, base64: 'AAAA' } },
  { name: 'broken base64', code: 'bad_data', publish: { event: 'text', base64: 'AA' } },
  { name: 'a payload that nests too deeply', code: 'bad_data', publish: { event: 'text', data: deep(1000) } },
  {
    name: 'a payload that is too large',
    code: 'message_too_large',
    publish: { event: 'text', data: 'x'.repeat(70_000) },
  },
];

test.each(PUBLISHES)('[G7.6] a publish with $name: nack $code that names it', async ({ code, publish }) => {
  const target = await startServer();
  const bystander = await Bystander.join(target);
  const client = await TestClient.connect(target);

  client.send({ type: 'publish', room: 'lobby', messageId: 'm1', ...publish });
  client.publish('lobby', 'm2');

  expect(await client.next('nack')).toMatchObject({ room: 'lobby', messageId: 'm1', code, retry: 'never' });
  expect(await client.next('ack')).toMatchObject({ messageId: 'm2' });
  expect(await bystander.complaints()).toEqual([]);
});

test('[G7.6] the same message ID with other content: nack message_id_conflict', async () => {
  const target = await startServer();
  const bystander = await Bystander.join(target);
  const client = await TestClient.connect(target);

  client.publish('lobby', 'm1', 'first');
  client.publish('lobby', 'm1', 'second');

  expect(await client.next('nack')).toMatchObject({ messageId: 'm1', code: 'message_id_conflict' });
  expect(await bystander.complaints()).toEqual([]);
});

test('[G7.3] an oversize frame that is no publish: error frame_too_large', async () => {
  const target = await startServer();
  const bystander = await Bystander.join(target);
  const client = await TestClient.connect(target);

  client.send({ type: 'signal', room: 'lobby', event: 'typing', data: 'x'.repeat(70_000) });

  expect(await client.next('error')).toMatchObject({ code: 'frame_too_large', request: 'signal' });
  await client.settled();
  expect(await bystander.complaints()).toEqual([]);
});

test('[G7.3] a frame of more than twice the limit closes its own socket with 1009, and no other', async () => {
  const target = await startServer();
  const bystander = await Bystander.join(target);
  const client = await TestClient.connect(target);

  client.publish('lobby', 'm1', 'x'.repeat(140_000));

  expect((await client.closed).code).toBe(1009);
  expect(await bystander.complaints()).toEqual([]);
});

test('[G7.6] a binary frame: error binary_frame, and the third closes with 4400', async () => {
  const target = await startServer();
  const bystander = await Bystander.join(target);
  const client = await TestClient.connect(target);

  for (let i = 0; i < 3; i++) client.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });

  expect((await client.closed).code).toBe(4400);
  expect(client.of('error').map(({ code }) => code)).toEqual(['binary_frame', 'binary_frame', 'binary_frame']);
  expect(await bystander.complaints()).toEqual([]);
});

test.each([
  ['garbage', 'garbage', 'bad_frame'],
  ['another frame', '{"type":"ping"}', 'hello_required'],
  ['a hello without client', '{"type":"hello"}', 'bad_frame'],
])('[G7.6] %s in place of hello closes with 4400', async (_name, text, code) => {
  const target = await startServer();
  const bystander = await Bystander.join(target);
  const client = await TestClient.open(target);

  client.socket.send(text);

  expect((await client.closed).code).toBe(4400);
  expect(client.of('error')).toMatchObject([{ code }]);
  expect(await bystander.complaints()).toEqual([]);
});

test('[G8.1] a connection that does not say hello is closed with 4508', async () => {
  const target = await startServer({ helloTimeoutMs: 50 });
  const client = await TestClient.open(target);

  expect((await client.closed).code).toBe(4508);
});

test('[G7.6] one bad join of a hello gets its own error; the others are joined', async () => {
  const target = await startServer();
  const joins = [{ room: 'a' }, { room: 'b{}', ref: 2 }, { room: 'c', since: 'x', ref: 3 }, 7, { room: 'd', ref: 4 }];

  const client = await TestClient.connect(target, { joins: joins.filter((join) => typeof join === 'object') });
  await client.next('live', 2);

  expect(client.of('joined').map(({ room }) => room)).toEqual(['a', 'd']);
  expect(client.of('error')).toMatchObject([
    { code: 'bad_room', request: 'join', ref: 2 },
    { code: 'bad_cursor', request: 'join', room: 'c', ref: 3 },
  ]);
});

test('[G4.1] [G7.6] cursors of the future and of another room are gaps, not errors', async () => {
  const target = await startServer();
  const bystander = await Bystander.join(target);
  const client = await TestClient.connect(target);
  client.publish('one', 'm1');
  client.publish('two', 'm2');
  const other = await client.next('ack', 2);

  client.send({ type: 'join', room: 'one', since: '1999999999999-7~future' });
  await client.next('live');
  client.send({ type: 'join', room: 'one', since: `${other.id}~m2` });
  await client.next('live', 2);

  expect(client.of('gap')).toHaveLength(2);
  expect(client.of('error')).toEqual([]);
  expect(await bystander.complaints()).toEqual([]);
});

test('[G7.6] joining twice answers joined twice', async () => {
  const client = await TestClient.connect(await startServer());

  client.send({ type: 'join', room: 'lobby', ref: 1 });
  client.send({ type: 'join', room: 'lobby', ref: 2 });
  await client.next('live', 2);

  expect(client.of('joined').map(({ ref }) => ref)).toEqual([1, 2]);
});

test('leave is answered, also by who was not there', async () => {
  const client = await TestClient.connect(await startServer(), { joins: [{ room: 'lobby' }] });
  await client.next('live');

  client.send({ type: 'leave', room: 'lobby' });
  client.send({ type: 'leave', room: 'nowhere' });
  await client.next('left', 2);
  client.publish('lobby', 'm1');
  await client.next('ack');
  await client.settled();

  // Rooms do not wait for one another.
  expect(client.of('left').toSorted((a, b) => a.room.localeCompare(b.room))).toEqual([
    { type: 'left', room: 'lobby' },
    { type: 'left', room: 'nowhere' },
  ]);
  expect(client.messageIds()).toEqual([]);
});

test('[G7.3] too many rooms, too many in flight, too fast: each its own code', async () => {
  const target = await startServer({ maxRooms: 2, ratePerSecond: 1, rateBurst: 4 });
  const bystander = await Bystander.join(await startServer());
  const client = await TestClient.connect(target);

  for (const room of ['a', 'b', 'c']) client.send({ type: 'join', room });
  for (const room of ['a', 'b']) client.publish(room, 'm1');
  await client.next('nack');

  expect(client.of('error')).toMatchObject([{ code: 'too_many_rooms', room: 'c', retry: 'never' }]);
  expect(client.of('nack')).toMatchObject([{ code: 'rate_limited', room: 'b', retry: 'backoff' }]);
  expect(await bystander.complaints()).toEqual([]);
});

test('what users write is in no log line, at no level', async () => {
  const target = await startServer();
  const client = await TestClient.connect(target, { token: 'secret-token', user: 'alice' });
  client.publish('lobby', 'm1', 'secret-payload');
  client.socket.send('secret-garbage');
  client.send({ type: 'join', room: 'secret room' });
  client.send({ type: 'auth', token: 'secret-refresh' });
  await client.settled();

  expect(target.log.length).toBeGreaterThan(0);
  expect(target.log.filter((line) => line.includes('secret'))).toEqual([]);
});
