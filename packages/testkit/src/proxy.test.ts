import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { createProxy, type Proxy } from './proxy.ts';

/** A client that keeps what it received and how it ended. */
interface Peer {
  readonly socket: Socket;
  readonly chunks: Buffer[];
  text(): string;
  ended: 'no' | 'fin' | 'reset';
}

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

function watch(socket: Socket): Peer {
  const chunks: Buffer[] = [];
  const peer: Peer = { socket, chunks, text: () => Buffer.concat(chunks).toString(), ended: 'no' };
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('end', () => (peer.ended = 'fin'));
  socket.on('error', () => (peer.ended = 'reset'));
  cleanups.push(() => socket.destroy());
  return peer;
}

async function startEcho(name = ''): Promise<{ hostPort: string; sockets: Socket[]; server: Server }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    if (name !== '') socket.write(name);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return { hostPort: `127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, server };
}

async function startProxy(target: string): Promise<Proxy> {
  const proxy = await createProxy({ target });
  cleanups.push(() => proxy.close());
  return proxy;
}

function dial(proxy: Proxy): Peer {
  return watch(connect({ port: proxy.port, host: '127.0.0.1', noDelay: true }));
}

async function setUp(): Promise<{ proxy: Proxy; peer: Peer }> {
  const proxy = await startProxy((await startEcho()).hostPort);
  const peer = dial(proxy);
  peer.socket.write('hello');
  await eventually(() => expect(peer.text()).toBe('hello'));
  return { proxy, peer };
}

const quiet = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('bytes pass both ways and are counted', async () => {
  const { proxy } = await setUp();

  expect(proxy.connections).toBe(1);
  expect(proxy.bytesUp).toBe(5);
  expect(proxy.bytesDown).toBe(5);
  expect(proxy.links[0]?.head).toBe('hello');
});

test('a megabyte arrives whole, in one-byte to large pieces', async () => {
  const { proxy, peer } = await setUp();
  const payload = 'x'.repeat(1024 * 1024);

  peer.socket.write(payload);

  await eventually(() => expect(peer.text().length).toBe(5 + payload.length));
  expect(proxy.bytesDown).toBe(5 + payload.length);
});

test('cut resets the client, and a new connection works', async () => {
  const { proxy, peer } = await setUp();

  proxy.cut();

  await eventually(() => expect(peer.ended).toBe('reset'));
  expect(proxy.connections).toBe(0);
  const again = dial(proxy);
  again.socket.write('again');
  await eventually(() => expect(again.text()).toBe('again'));
});

test('fin ends the client in order', async () => {
  const { proxy, peer } = await setUp();

  proxy.fin();

  await eventually(() => expect(peer.ended).toBe('fin'));
  await eventually(() => expect(proxy.connections).toBe(0));
});

test('an end of the client reaches the target, and what was on its way back still arrives', async () => {
  const { peer, proxy } = await setUp();

  peer.socket.end(' and bye');

  await eventually(() => expect(peer.ended).toBe('fin'));
  expect(peer.text()).toBe('hello and bye');
  await eventually(() => expect(proxy.connections).toBe(0));
});

test('a reset by the target is a reset for the client', async () => {
  const echo = await startEcho();
  const proxy = await startProxy(echo.hostPort);
  const peer = dial(proxy);
  await eventually(() => expect(echo.sockets).toHaveLength(1));

  echo.sockets[0]?.resetAndDestroy();

  await eventually(() => expect(peer.ended).toBe('reset'));
});

test('stall freezes both ways without telling anyone; resume delivers what was held', async () => {
  const { proxy, peer } = await setUp();

  proxy.stall();
  peer.socket.write(' held');
  await quiet(50);
  expect(peer.text()).toBe('hello');
  expect(peer.ended).toBe('no');

  proxy.resume();
  await eventually(() => expect(peer.text()).toBe('hello held'));
});

test('stalled one way, the other way goes on', async () => {
  const { proxy, peer } = await setUp();

  proxy.stall({ direction: 'down' });
  peer.socket.write('up');
  await eventually(() => expect(proxy.bytesUp).toBe(7));
  await quiet(20);

  expect(peer.text()).toBe('hello');
});

test('a stalled wire hides the end of the target until it is resumed', async () => {
  const echo = await startEcho();
  const proxy = await startProxy(echo.hostPort);
  const peer = dial(proxy);
  await eventually(() => expect(echo.sockets).toHaveLength(1));

  proxy.stall();
  echo.sockets[0]?.end();
  await quiet(50);
  expect(peer.ended).toBe('no');

  proxy.resume();
  await eventually(() => expect(peer.ended).toBe('fin'));
});

test('a stall holds little: the sender is pushed back', async () => {
  const { proxy, peer } = await setUp();
  proxy.stall();

  for (let part = 0; part < 64; part += 1) peer.socket.write(Buffer.alloc(1024 * 1024));
  await quiet(100);

  expect(peer.socket.writableLength).toBeGreaterThan(16 * 1024 * 1024);
});

test('a connection made while stalled is accepted and silent until resume', async () => {
  const { proxy } = await setUp();
  proxy.stall();

  const late = dial(proxy);
  late.socket.write('late');
  await eventually(() => expect(proxy.accepted).toBe(2));
  await quiet(30);
  expect(late.text()).toBe('');

  proxy.resume();
  await eventually(() => expect(late.text()).toBe('late'));
});

test('refuse resets new connections only; accept undoes it', async () => {
  const { proxy, peer } = await setUp();

  proxy.refuse();
  const refused = dial(proxy);
  await eventually(() => expect(refused.ended).toBe('reset'));
  peer.socket.write('!');
  await eventually(() => expect(peer.text()).toBe('hello!'));
  expect(proxy.refused).toBe(1);

  proxy.accept();
  const welcome = dial(proxy);
  welcome.socket.write('in');
  await eventually(() => expect(welcome.text()).toBe('in'));
});

test('delay holds every byte for at least that long', async () => {
  const { proxy, peer } = await setUp();
  proxy.delay(40);
  const sentAt = performance.now();

  peer.socket.write('slow');

  await eventually(() => expect(peer.text()).toBe('helloslow'), { intervalMs: 1 });
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(79);
});

test('slice delivers in pieces', async () => {
  const { proxy, peer } = await setUp();
  proxy.slice(1);
  peer.chunks.length = 0;

  peer.socket.write('abcdefghij');

  await eventually(() => expect(peer.text()).toBe('abcdefghij'));
  expect(peer.chunks.length).toBeGreaterThan(3);
});

test('cutAfter lets exactly so many bytes pass', async () => {
  const { proxy, peer } = await setUp();

  const cut = proxy.cutAfter(3, 'down');
  peer.socket.write('abcdef');
  await cut;

  await eventually(() => expect(peer.ended).toBe('reset'));
  expect(peer.text()).toBe('helloabc');
  expect(proxy.bytesDown).toBe(8);
});

test('retarget sends new connections elsewhere', async () => {
  const proxy = await startProxy((await startEcho('first')).hostPort);
  const before = dial(proxy);
  await eventually(() => expect(before.text()).toBe('first'));

  proxy.retarget((await startEcho('second')).hostPort);

  const after = dial(proxy);
  await eventually(() => expect(after.text()).toBe('second'));
});

test('one link can be stalled and cut alone', async () => {
  const { proxy, peer } = await setUp();
  const other = dial(proxy);
  other.socket.write('other');
  await eventually(() => expect(other.text()).toBe('other'));
  const link = proxy.links.find(({ head }) => head === 'hello');

  link?.stall({ direction: 'up' });
  peer.socket.write(' held');
  other.socket.write(' goes on');
  await eventually(() => expect(other.text()).toBe('other goes on'));
  expect(peer.text()).toBe('hello');

  link?.cut();
  await eventually(() => expect(peer.ended).toBe('reset'));
  expect(other.ended).toBe('no');
});

test('a target that is not there resets the client', async () => {
  const { hostPort, server } = await startEcho();
  await new Promise((resolve) => server.close(resolve));
  const proxy = await startProxy(hostPort);

  const peer = dial(proxy);

  await eventually(() => expect(peer.ended).toBe('reset'));
});
