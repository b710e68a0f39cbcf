// One connection through the chaos proxy: the client's socket, the socket to the target and a pipe each way.

import { connect, type Socket } from 'node:net';
import { createPipe, type PipeFaults } from './proxy-pipe.ts';

/** Seen from the client: `up` goes to the target, `down` comes back. */
export type ProxyDirection = 'up' | 'down';

export interface StallOptions {
  /** @defaultValue both */
  direction?: ProxyDirection;
}

export interface ProxyLink {
  readonly id: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** The first bytes that the client sent (up to 4 KiB), to tell connections apart. */
  readonly head: string;
  cut(): void;
  fin(): void;
  stall(options?: StallOptions): void;
  resume(): void;
}

export interface LiveLink extends ProxyLink {
  /** To be called when the faults of the proxy have changed. */
  wake(): void;
}

export interface LinkOptions {
  id: number;
  client: Socket;
  target: { host: string; port: number };
  faults: Readonly<Record<ProxyDirection, PipeFaults>>;
  onBytes(direction: ProxyDirection, count: number): void;
  onLimit(direction: ProxyDirection): void;
  onClosed(link: LiveLink): void;
}

const HEAD_BYTES = 4096;

export function createLink({ id, client, target, faults, onBytes, onLimit, onClosed }: LinkOptions): LiveLink {
  const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true });
  let head = '';
  const up = createPipe(client, upstream, faults.up, {
    onBytes(chunk) {
      if (head.length < HEAD_BYTES) head = (head + chunk.toString('latin1')).slice(0, HEAD_BYTES);
      onBytes('up', chunk.length);
    },
    onLimit: () => onLimit('up'),
  });
  const down = createPipe(upstream, client, faults.down, {
    onBytes: (chunk) => onBytes('down', chunk.length),
    onLimit: () => onLimit('down'),
  });

  const link: LiveLink = {
    id,
    get bytesUp() {
      return up.bytes;
    },
    get bytesDown() {
      return down.bytes;
    },
    get head() {
      return head;
    },
    cut() {
      onClosed(link);
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    },
    fin() {
      client.end();
      upstream.end();
    },
    stall({ direction } = {}) {
      if (direction !== 'down') up.stall();
      if (direction !== 'up') down.stall();
    },
    resume() {
      up.resume();
      down.resume();
    },
    wake() {
      up.wake();
      down.wake();
    },
  };

  // A reset on one side is a reset on the other; an end in order is passed on by the pipes.
  for (const socket of [client, upstream]) {
    socket.on('error', () => link.cut());
    socket.on('close', () => {
      if (client.destroyed && upstream.destroyed) onClosed(link);
    });
  }
  return link;
}
