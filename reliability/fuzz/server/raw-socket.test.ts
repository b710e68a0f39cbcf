import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { closeBytes, frameBytes, RawSocket, upgradeRequest } from './raw-socket.ts';

// A moment when the machine is idle; a loaded one is no failure.
vi.setConfig({ testTimeout: 30_000 });

test('what it writes is what another implementation of RFC 6455 reads, in every form of length', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'holdline.v1' });
  await once(server, 'listening');
  const raw = new RawSocket((server.address() as AddressInfo).port);
  raw.write(upgradeRequest());
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  const heard: number[] = [];
  socket.on('message', (data: Buffer) => heard.push(data.length));
  socket.on('ping', (data: Buffer) => heard.push(-data.length));
  const closed = once(socket, 'close');

  for (const length of [0, 125, 126, 65_535, 65_536]) raw.write(frameBytes({ payload: 'x'.repeat(length) }));
  raw.write(frameBytes({ payload: 'ab', isLast: false }));
  raw.write(frameBytes({ opcode: 9, payload: 'abc' }));
  raw.write(frameBytes({ opcode: 0, payload: 'cd' }));
  socket.send('y'.repeat(70_000));
  await raw.until(() => raw.texts.length > 0);
  raw.write(closeBytes(4321));
  const [code] = (await closed) as [number];

  expect(heard).toEqual([0, 125, 126, 65_535, 65_536, -3, 4]);
  expect(code).toBe(4321);
  expect(raw.status).toBe(101);
  expect(raw.texts.map((text) => text.length)).toEqual([70_000]);
  await raw.until(() => raw.closeCode !== null);
  expect(raw.closeCode).toBe(4321);
  await new Promise((resolve) => server.close(resolve));
});
