// The chaos proxy: a TCP proxy on loopback whose connections a test can reset, end, freeze, slow, slice and redirect.
// Directions are seen from the client: `up` goes to the target, `down` comes back.

import { createServer, type AddressInfo } from 'node:net';
import { createLink, type LiveLink, type ProxyDirection, type ProxyLink, type StallOptions } from './proxy-link.ts';
import type { PipeFaults } from './proxy-pipe.ts';

export interface ProxyOptions {
  /** `host:port`, or a URL with both. */
  target: string;
  /** @defaultValue a free one */
  port?: number;
}

export interface Proxy {
  readonly port: number;
  /** For a WebSocket client. */
  readonly url: string;
  readonly hostPort: string;
  readonly links: readonly ProxyLink[];
  /** How many connections are open now. */
  readonly connections: number;
  /** How many were accepted so far, refused ones not counted. */
  readonly accepted: number;
  readonly refused: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Resets every connection (RST both ways); bytes that were held are lost. New ones are accepted. */
  cut(): void;
  /** Ends every connection in order (FIN both ways), without a closing frame of any protocol. */
  fin(): void;
  /** Freezes the wire: bytes and ends are held, nobody is told. New connections are accepted and freeze too. */
  stall(options?: StallOptions): void;
  /** Undoes `stall`; what was held arrives. */
  resume(): void;
  /** Resets every new connection at once; open ones stay. */
  refuse(): void;
  /** Undoes `refuse`. */
  accept(): void;
  /** Holds every byte for so long, each way; 0 undoes. */
  delay(ms: number): void;
  /** Writes at most so many bytes at once, each way; 0 undoes. */
  slice(bytes: number): void;
  /** Lets exactly so many more bytes pass in that direction, then cuts; resolves at the cut. */
  cutAfter(bytes: number, direction: ProxyDirection): Promise<void>;
  /** Sends new connections to another target. */
  retarget(target: string): void;
  close(): Promise<void>;
}

export async function createProxy(options: ProxyOptions): Promise<Proxy> {
  let target = parseTarget(options.target);
  const links = new Set<LiveLink>();
  const faults: Record<ProxyDirection, PipeFaults> = { up: noFaults(), down: noFaults() };
  const totals: Record<ProxyDirection, number> = { up: 0, down: 0 };
  const limitHooks: Record<ProxyDirection, () => void> = { up: () => {}, down: () => {} };
  let isRefusing = false;
  let accepted = 0;
  let refused = 0;

  const cutAll = (): void => links.forEach((link) => link.cut());
  const wakeAll = (): void => links.forEach((link) => link.wake());

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (isRefusing) {
      refused += 1;
      client.on('error', () => client.destroy()).resetAndDestroy();
      return;
    }
    accepted += 1;
    const link = createLink({
      id: accepted,
      client,
      target,
      faults,
      onBytes: (direction, count) => void (totals[direction] += count),
      onLimit(direction) {
        cutAll();
        limitHooks[direction]();
      },
      onClosed: (closed) => void links.delete(closed),
    });
    links.add(link);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const setStalled = (stalled: boolean, direction?: ProxyDirection): void => {
    if (direction !== 'down') faults.up.stalled = stalled;
    if (direction !== 'up') faults.down.stalled = stalled;
    wakeAll();
  };

  return {
    port,
    url: `ws://127.0.0.1:${port}`,
    hostPort: `127.0.0.1:${port}`,
    get links() {
      return [...links];
    },
    get connections() {
      return links.size;
    },
    get accepted() {
      return accepted;
    },
    get refused() {
      return refused;
    },
    get bytesUp() {
      return totals.up;
    },
    get bytesDown() {
      return totals.down;
    },
    cut: cutAll,
    fin: () => links.forEach((link) => link.fin()),
    stall: ({ direction } = {}) => setStalled(true, direction),
    resume: () => setStalled(false),
    refuse: () => void (isRefusing = true),
    accept: () => void (isRefusing = false),
    delay(ms) {
      faults.up.delayMs = faults.down.delayMs = ms;
    },
    slice(bytes) {
      faults.up.sliceBytes = faults.down.sliceBytes = bytes;
    },
    cutAfter(bytes, direction) {
      return new Promise((resolve) => {
        limitHooks[direction] = resolve;
        faults[direction].remainingBytes = bytes;
        wakeAll();
      });
    },
    retarget: (next) => void (target = parseTarget(next)),
    close() {
      cutAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function noFaults(): PipeFaults {
  return { stalled: false, delayMs: 0, sliceBytes: 0, remainingBytes: null };
}

function parseTarget(target: string): { host: string; port: number } {
  const url = new URL(target.includes('://') ? target : `tcp://${target}`);
  if (url.port === '') throw new Error(`a proxy target needs a port: ${target}`);
  return { host: url.hostname, port: Number(url.port) };
}
