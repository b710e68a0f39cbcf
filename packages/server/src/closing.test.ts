/** What is left behind when a server closes: no timer, and no socket that holds it up. */
import { connect } from 'node:net';
import { eventually } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock, type Clock } from './clock.ts';
import { createServer } from './server.ts';

/** The system's clock, and how many of its timers are still to fire. */
function createCountingClock(): { clock: Clock; readonly pending: number } {
  const pending = new Set<unknown>();
  const clock: Clock = {
    ...systemClock,
    setTimeout(callback, delayMs) {
      const handle = systemClock.setTimeout(() => {
        pending.delete(handle);
        callback();
      }, delayMs);
      pending.add(handle);
      return handle;
    },
    clearTimeout(handle) {
      pending.delete(handle);
      systemClock.clearTimeout(handle);
    },
  };
  return {
    clock,
    get pending() {
      return pending.size;
    },
  };
}

test('[G7.3] a server that has closed leaves no timer behind', async () => {
  const counting = createCountingClock();
  const server = createServer({ auth: 'open', port: 0, clock: counting.clock });
  await server.listen();
  const socket = new WebSocket(server.url, 'holdline.v1');
  let isLive = false;
  socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', client: 'c', joins: [{ room: 'lobby' }] })));
  socket.on('message', (data: Buffer) => {
    isLive ||= data.toString().includes('"live"');
    if (data.toString().includes('"draining"')) socket.close();
  });
  await eventually(() => isLive);

  await server.close({ drainMs: 20_000 });

  expect(counting.pending).toBe(0);
});

test('[G7.3] a socket of another subprotocol that does not answer its close does not hold up the end', async () => {
  const server = createServer({ auth: 'open', port: 0 });
  await server.listen();
  const stranger = connect(server.port, '127.0.0.1');
  let answer = '';
  stranger.on('data', (bytes) => (answer += bytes.toString('latin1')));
  stranger.write(
    'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: other\r\n\r\n',
  );
  await eventually(() => answer.startsWith('HTTP/1.1 101'));

  const startedAt = performance.now();
  await server.close({ drainMs: 0 });

  expect(performance.now() - startedAt).toBeLessThan(1500);
  await eventually(() => stranger.destroyed);
});
