import { EventEmitter, once } from 'node:events';
import { decodeServerFrame, type ServerFrame } from '@holdline/protocol';
import { ManualClock } from '@holdline/testkit';
import { afterEach, expect, test } from 'vitest';
import { closeAll, startServer, TestClient } from './server.kit.ts';
import type { ServerSocket } from './socket/server-socket.ts';

afterEach(closeAll);

/** One end of a pipe: what the server sends is kept, what the other side does is said by the test. */
class PipeSocket extends EventEmitter implements ServerSocket {
  readonly frames: ServerFrame[] = [];
  closedWith: number | null = null;
  isTerminated = false;

  send(data: Buffer, _options: { readonly binary: boolean }, done: () => void): void {
    const decoded = decodeServerFrame(data.toString());
    if (decoded.ok) this.frames.push(decoded.frame);
    queueMicrotask(done);
    this.emit('frame');
  }

  close(code: number): void {
    this.closedWith = code;
  }

  terminate(): void {
    this.isTerminated = true;
    this.emit('close');
  }

  pause(): void {}

  resume(): void {}

  /** The client says something. */
  say(frame: Record<string, unknown>): void {
    this.emit('message', Buffer.from(JSON.stringify(frame)), false);
  }

  async next(type: ServerFrame['type']): Promise<ServerFrame> {
    let found = this.frames.find((frame) => frame.type === type);
    while (found === undefined) {
      await once(this, 'frame');
      found = this.frames.find((frame) => frame.type === type);
    }
    return found;
  }
}

test('without HTTP a server serves the sockets that it is given', async () => {
  const { server } = await startServer({ port: null });
  const socket = new PipeSocket();

  expect(server.accept(socket)).toBe(true);
  socket.say({ type: 'hello', client: 'test', user: 'alice', joins: [{ room: 'lobby' }] });
  await socket.next('live');
  socket.say({ type: 'publish', room: 'lobby', event: 'text', messageId: 'm1', data: 1 });

  expect(await socket.next('message')).toMatchObject({ messageId: 'm1', sender: 'alice' });
  expect(server.address).toBeNull();
  expect(() => server.port).toThrow('does not listen');
  expect(server.connectionCount).toBe(1);
  socket.terminate();
  expect(server.connectionCount).toBe(0);
});

test('a socket is closed as draining while the server does not serve', async () => {
  const { server } = await startServer({ port: null });
  await server.close({ drainMs: 0 });
  const socket = new PipeSocket();

  expect(server.accept(socket)).toBe(false);
  expect(socket.closedWith).toBe(4503);
});

test('[G7.3] a socket beyond the limit is closed as overloaded, and cut off when it does not answer', async () => {
  const clock = new ManualClock();
  const { server } = await startServer({ port: null, clock, maxConnectionsPerAddress: 1 });
  const [first, second, other] = [new PipeSocket(), new PipeSocket(), new PipeSocket()];

  expect(server.accept(first, { remoteAddress: '10.0.0.1' })).toBe(true);
  expect(server.accept(second, { remoteAddress: '10.0.0.1' })).toBe(false);
  expect(server.accept(other, { remoteAddress: '10.0.0.2' })).toBe(true);

  expect(second.closedWith).toBe(4529);
  clock.advance(1999);
  expect(second.isTerminated).toBe(false);
  clock.advance(1);
  expect(second.isTerminated).toBe(true);
  first.terminate();
  other.terminate();
});

test('[G7.3] sockets of another subprotocol count among the connections until they are gone', async () => {
  const target = await startServer({ maxConnections: 1 });
  const stranger = await TestClient.open(target, { protocols: ['holdline.v9'] });
  // Does not read, and so does not answer the close.
  stranger.socket.pause();

  await expect(TestClient.open(target)).rejects.toThrow('503');

  stranger.socket.resume();
  expect((await stranger.closed).code).toBe(4406);
  await expect(TestClient.open(target)).resolves.toBeDefined();
});
