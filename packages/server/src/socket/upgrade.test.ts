import { once } from 'node:events';
import { createServer as createHttpServer, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createServer } from '../server.ts';
import { closeAll, startServer, TestClient, type TestServer } from '../server.kit.ts';

// Seconds when the machine is idle; a loaded one is no failure.
vi.setConfig({ testTimeout: 30_000 });

afterEach(closeAll);

/** The answer to a handshake that was refused. */
function handshake({ server }: TestServer, headers: Record<string, string>, path = '/'): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const attempt = request({
      port: server.port,
      path,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Protocol': 'holdline.v1',
        ...headers,
      },
    });
    attempt.on('response', (response) => resolve(response.resume()));
    attempt.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('was accepted'));
    });
    attempt.on('error', reject);
    attempt.end();
  });
}

test('[G8.2] a page from another origin is refused before the socket opens', async () => {
  const target = await startServer();

  expect((await handshake(target, { Origin: 'https://evil.test' })).statusCode).toBe(403);
  expect((await handshake(target, { Origin: 'null' })).statusCode).toBe(403);
  expect(target.server.metrics.value('upgrades_refused')).toBe(2);
});

test('a refused origin is logged with what is expected, and many of them in few lines', async () => {
  const target = await startServer({ origins: ['https://app.example.com'] });

  const long = `https://${'a'.repeat(500)}.test`;
  for (let n = 0; n < 8; n++) await handshake(target, { Origin: n === 0 ? long : 'https://other.test' });

  const lines = target.log
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ message }) => message === 'upgrade refused');
  expect(lines).toHaveLength(5);
  expect(lines[0]!['origin']).toBe(long.slice(0, 256));
  expect(lines[1]).toMatchObject({
    level: 'warn',
    reason: 'origin_denied',
    origin: 'https://other.test',
    expected: ['https://app.example.com'],
  });
  expect(target.server.metrics.value('upgrades_refused')).toBe(8);
});

test('[G8.2] a page of the same host, and a client that is no page, may connect', async () => {
  const target = await startServer();

  const page = await TestClient.open(target, { headers: { origin: `http://127.0.0.1:${target.server.port}` } });
  const tool = await TestClient.open(target);

  expect(page.socket.protocol).toBe('holdline.v1');
  expect(tool.socket.protocol).toBe('holdline.v1');
});

test('other versions of WebSocket and other paths are answered over HTTP', async () => {
  const target = await startServer({ path: '/ws' });

  const old = await handshake(target, { 'Sec-WebSocket-Version': '8' }, '/ws');
  expect(old.statusCode).toBe(426);
  expect(old.headers['sec-websocket-version']).toBe('13');
  expect((await handshake(target, {}, '/other')).statusCode).toBe(404);
  expect((await handshake(target, {}, '/ws/')).statusCode).toBe(404);
});

test.each([[['holdline.v9']], [['chat', 'soap']], [[]]])(
  'subprotocols %j: closed with 4406, which says not to come back',
  async (protocols) => {
    const target = await startServer();

    const client = await TestClient.open(target, { protocols });

    expect((await client.closed).code).toBe(4406);
    expect(target.server.connectionCount).toBe(0);
  },
);

test('[G7.3] more connections than one address, or the server, may have are refused', async () => {
  const byAddress = await startServer({ maxConnectionsPerAddress: 2 });
  const inAll = await startServer({ maxConnections: 1 });
  const first = await TestClient.open(byAddress);
  await TestClient.open(byAddress);
  await TestClient.open(inAll);

  expect((await handshake(byAddress, {})).statusCode).toBe(429);
  expect((await handshake(inAll, {})).statusCode).toBe(503);
  first.socket.close();
  await first.closed;

  expect((await TestClient.open(byAddress)).socket.readyState).toBe(WebSocket.OPEN);
});

test('[G7.3] behind a trusted proxy the address is the one that the proxy adds, not what the client claims', async () => {
  const target = await startServer({ maxConnectionsPerAddress: 1, trustedProxies: 1 });

  await TestClient.open(target, { headers: { 'x-forwarded-for': 'anything, 10.0.0.1' } });
  await TestClient.open(target, { headers: { 'x-forwarded-for': '10.0.0.2' } });

  const again = await handshake(target, { 'X-Forwarded-For': 'something else, 10.0.0.1' });
  expect(again.statusCode).toBe(429);
});

test('[G7.6] a socket that sends garbage, or goes away in the middle, harms nobody', async () => {
  const target = await startServer();
  const client = await TestClient.connect(target);
  for (const bytes of [
    '\u0000\u0001 garbage\r\n\r\n',
    'GET / HTTP/1.1\r\nUpgrade: websocket\r\n',
    'GET //[ HTTP/1.1\r\n\r\n',
  ]) {
    const socket = connect(target.server.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(bytes);
    socket.resetAndDestroy();
  }

  await expect(client.settled()).resolves.toBeUndefined();
});

test('runs beside an Express app that has upgrade handlers of its own', async () => {
  const app = express();
  app.get('/hello', (_request, response) => void response.send('world'));
  const http = createHttpServer(app);
  const theirs = new WebSocketServer({ noServer: true });
  http.on('upgrade', (incoming, socket, head) => {
    if (incoming.url !== '/theirs') return;
    theirs.handleUpgrade(incoming, socket, head, (ws) => ws.send('theirs'));
  });
  const server = createServer({ auth: 'open', server: http, path: '/holdline' });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  await server.listen();
  app.use((incoming, response, next) => void (server.handleHealth(incoming, response) || next()));
  const base = `http://127.0.0.1:${server.port}`;

  const ours = await TestClient.connect({ server }, { joins: [{ room: 'lobby' }] });
  ours.publish('lobby', 'm1');
  await ours.next('message');
  const other = new WebSocket(`ws://127.0.0.1:${server.port}/theirs`);
  const [said] = (await once(other, 'message')) as [Buffer];

  expect(server.url).toBe(`ws://127.0.0.1:${server.port}/holdline`);
  expect(said.toString()).toBe('theirs');
  expect(await (await fetch(`${base}/hello`)).text()).toBe('world');
  expect(await (await fetch(`${base}/readyz`)).json()).toMatchObject({ status: 'ok', engine: 'embedded' });
  expect(await (await fetch(`${base}/metrics`)).text()).toContain('\nholdline_messages_delivered_total 1\n');

  await server.close({ drainMs: 0 });
  expect(other.readyState).toBe(WebSocket.OPEN);
  expect(await (await fetch(`${base}/hello`)).text()).toBe('world');
  other.terminate();
  await new Promise((resolve) => http.close(resolve));
});
