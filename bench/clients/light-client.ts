// One connection of a run on bare TCP: handshake, frames, and the peer's session on top. All sockets of a process read into one
// shared buffer, so that nothing is allocated per read. It never reconnects by itself; a workload that wants that opens a new one.

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { ClientLine, ClientProtocol, ClientSession, ClientSpec } from './client-protocol.ts';
import { clientFrame, FrameParser, OPCODES } from './frame-parser.ts';
import { isPayload, MARKER } from './payload.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface ClientHandlers {
  /** The WebSocket is open; the peer's own handshake follows. */
  onOpened(): void;
  onReady(): void;
  onPayload(bytes: Buffer, at: number): void;
  onAcked(count: number): void;
  onResumed(isWhole: boolean): void;
  onFault(what: string): void;
  /** The connection is gone, whoever ended it; once. */
  onClosed(): void;
}

const MAX_HANDSHAKE_BYTES = 16_384;
const END_OF_HEAD = '\r\n\r\n';
const sharedRead = Buffer.allocUnsafe(256 * 1024);

export class LightClient {
  readonly #socket: Socket;
  readonly #session: ClientSession;
  readonly #handlers: ClientHandlers;
  readonly #parser: FrameParser;
  readonly #keepAliveMs: number | undefined;
  #handshake: Buffer | null = Buffer.alloc(0);
  #keepAlive: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(endpoint: Endpoint, protocol: ClientProtocol, spec: ClientSpec, handlers: ClientHandlers) {
    this.#handlers = handlers;
    this.#keepAliveMs = protocol.keepAliveMs;
    this.#session = protocol.session(spec, this.#createLine());
    this.#parser = new FrameParser((opcode, payload) => this.#frame(opcode, payload));
    const read = (bytes: number, buffer: Uint8Array): boolean => {
      this.#read((buffer as Buffer).subarray(0, bytes));
      return true;
    };
    this.#socket = connect({ ...endpoint, noDelay: true, onread: { buffer: sharedRead, callback: read } });
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(endpoint, protocol, spec)));
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => this.#closed());
  }

  publish(payload: string, n: number): void {
    this.#session.publish(payload, n);
  }

  cursor(): unknown {
    return this.#session.cursor?.();
  }

  /** Reads nothing more until `resume`: a client on a train. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Gone without a word, as when the network is. */
  cut(): void {
    this.#socket.destroy();
  }

  #createLine(): ClientLine {
    const handlers = this.#handlers;
    return {
      sendText: (text) => void this.#socket.write(clientFrame(OPCODES.text, text)),
      sendBinary: (bytes) => void this.#socket.write(clientFrame(OPCODES.binary, bytes)),
      ready: () => handlers.onReady(),
      deliver(bytes, at) {
        if (!isPayload(bytes, at)) return false;
        handlers.onPayload(bytes, at);
        return true;
      },
      deliverAll(bytes) {
        let at = bytes.indexOf(MARKER);
        while (at >= 0) {
          const isHit = isPayload(bytes, at);
          if (isHit) handlers.onPayload(bytes, at);
          // A payload ends with its filling, which holds no marker.
          at = bytes.indexOf(MARKER, isHit ? at + 33 : at + 1);
        }
      },
      acked: (count) => handlers.onAcked(count),
      resumed: (isWhole) => handlers.onResumed(isWhole),
      fault: (what) => handlers.onFault(what),
    };
  }

  #startKeepAlive(everyMs: number): void {
    // A first wait of any length: a thousand clients that were opened at once must not all speak at once.
    this.#keepAlive = setTimeout(() => {
      this.#keepAlive = setInterval(() => this.#session.keepAlive?.(), everyMs);
      this.#session.keepAlive?.();
    }, Math.random() * everyMs);
  }

  #read(chunk: Buffer): void {
    if (this.#isClosed) return;
    if (this.#handshake === null) return this.#parser.push(chunk);
    const head = Buffer.concat([this.#handshake, chunk]);
    this.#handshake = head;
    const end = head.indexOf(END_OF_HEAD);
    if (end < 0) {
      if (head.length > MAX_HANDSHAKE_BYTES) this.#refuse('an answer to the upgrade without an end');
      return;
    }
    if (!head.toString('latin1', 0, 12).endsWith(' 101'))
      return this.#refuse(`upgrade refused: ${head.toString('latin1', 0, 300)}`);
    this.#handshake = null;
    this.#session.opened();
    this.#handlers.onOpened();
    if (this.#keepAliveMs !== undefined) this.#startKeepAlive(this.#keepAliveMs);
    this.#parser.push(head.subarray(end + END_OF_HEAD.length));
  }

  #refuse(why: string): void {
    this.#handlers.onFault(why);
    this.#socket.destroy();
  }

  #frame(opcode: number, payload: Buffer): void {
    if (this.#isClosed) return;
    if (opcode === OPCODES.text || opcode === OPCODES.binary)
      return this.#session.received(payload, opcode === OPCODES.binary);
    if (opcode === OPCODES.ping) this.#socket.write(clientFrame(OPCODES.pong, payload));
    if (opcode === OPCODES.close) this.#socket.destroy();
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Interval and timeout share one kind of handle, so this ends whichever runs.
    if (this.#keepAlive !== null) clearTimeout(this.#keepAlive);
    this.#handlers.onClosed();
  }
}

function upgradeRequest({ host, port }: Endpoint, protocol: ClientProtocol, spec: ClientSpec): string {
  const { path, headers = {} } = protocol.upgrade(spec);
  const lines = Object.entries({
    Host: `${host}:${port}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Version': '13',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
