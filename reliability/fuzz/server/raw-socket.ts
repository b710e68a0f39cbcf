/**
 * A client that speaks HTTP and RFC 6455 byte by byte, so that it can break every rule of them. Reads what the server answers:
 * a status line, text frames, the code of the close.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { SUBPROTOCOL } from '@holdline/protocol';

export interface FrameParts {
  /** 1 text, 2 binary, 0 continuation, 8 close, 9 ping, 10 pong; the rest is reserved. @defaultValue 1 */
  readonly opcode?: number;
  readonly payload?: Buffer | string;
  /** @defaultValue true */
  readonly isLast?: boolean;
  /** The three reserved bits, 1 to 7. @defaultValue 0 */
  readonly reserved?: number;
  /** @defaultValue true */
  readonly isMasked?: boolean;
  /** The length that the header tells, whatever follows. */
  readonly claims?: bigint;
}

/** One WebSocket frame as bytes. */
export function frameBytes({
  opcode = 1,
  payload = '',
  isLast = true,
  reserved = 0,
  isMasked = true,
  claims,
}: FrameParts): Buffer {
  const body = Buffer.from(payload);
  const length = claims ?? BigInt(body.length);
  const first = (isLast ? 0x80 : 0) | (reserved << 4) | opcode;
  const maskBit = isMasked ? 0x80 : 0;
  const head: number[] = [first];
  if (length < 126n) head.push(maskBit | Number(length));
  else if (length < 65_536n) head.push(maskBit | 126, Number(length >> 8n), Number(length & 255n));
  else
    head.push(maskBit | 127, ...Array.from({ length: 8 }, (_, at) => Number((length >> BigInt(56 - 8 * at)) & 255n)));
  if (!isMasked) return Buffer.concat([Buffer.from(head), body]);
  const mask = randomBytes(4);
  const masked = Buffer.from(body);
  for (let i = 0; i < masked.length; i += 1) masked[i] = (masked[i] as number) ^ (mask[i & 3] as number);
  return Buffer.concat([Buffer.from(head), mask, masked]);
}

export const closeBytes = (code: number, reason: Buffer | string = ''): Buffer => {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frameBytes({ opcode: 8, payload: Buffer.concat([payload, Buffer.from(reason)]) });
};

const HEADERS = {
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Protocol': SUBPROTOCOL,
};

export const upgradeRequest = (headers: Readonly<Record<string, string>> = {}, path = '/'): string =>
  `GET ${path} HTTP/1.1\r\n${Object.entries({ ...HEADERS, ...headers })
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

/** An answer has come when it is one of these, or the end. */
const DEADLINE_MS = 15_000;

export class RawSocket {
  readonly texts: string[] = [];
  pongs = 0;
  /** The code in the server's close frame. */
  closeCode: number | null = null;
  /** The status of the server's HTTP answer. */
  status: number | null = null;
  hasEnded = false;
  readonly socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  readonly #watchers = new Set<() => void>();

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('close', () => {
      this.hasEnded = true;
      this.#changed();
    });
    this.socket.on('data', (chunk: Buffer) => {
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      this.#read();
      this.#changed();
    });
  }

  /** Upgrades, says hello and waits for the welcome. */
  static async greeted(port: number, hello: Readonly<Record<string, unknown>> = {}): Promise<RawSocket> {
    const raw = new RawSocket(port);
    raw.write(upgradeRequest());
    raw.say({ type: 'hello', client: 'raw', ...hello });
    await raw.until(() => raw.texts.length > 0);
    return raw;
  }

  write(bytes: Buffer | string): void {
    if (!this.hasEnded && this.socket.writable) this.socket.write(bytes);
  }

  say(frame: unknown): void {
    this.write(frameBytes({ payload: typeof frame === 'string' ? frame : JSON.stringify(frame) }));
  }

  /** Waits for what came in to be enough, for the end, or for the deadline; answers whether it was enough. */
  until(isEnough: () => boolean, deadlineMs = DEADLINE_MS): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (): void => {
        if (!isEnough() && !this.hasEnded) return;
        clearTimeout(timer);
        this.#watchers.delete(settle);
        resolve(isEnough());
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(settle);
        resolve(false);
      }, deadlineMs);
      this.#watchers.add(settle);
      settle();
    });
  }

  /** Cuts it without a word. */
  destroy(): void {
    this.socket.destroy();
  }

  #changed(): void {
    for (const watch of this.#watchers) watch();
  }

  #read(): void {
    if (this.status === null) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.status = Number(this.#buffer.toString('latin1', 9, 12));
      this.#buffer = this.#buffer.subarray(end + 4);
    }
    if (this.status === 101) while (this.#readFrame());
  }

  /** One frame of the server, which never masks and never splits. */
  #readFrame(): boolean {
    const buffer = this.#buffer;
    if (buffer.length < 2) return false;
    const short = (buffer[1] as number) & 127;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (buffer.length < start) return false;
    const length = short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
    if (buffer.length < start + length) return false;
    const payload = buffer.subarray(start, start + length);
    this.#buffer = buffer.subarray(start + length);
    const opcode = (buffer[0] as number) & 15;
    if (opcode === 1) this.texts.push(payload.toString());
    if (opcode === 10) this.pongs += 1;
    if (opcode === 8) {
      this.closeCode = length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.socket.end();
    }
    return true;
  }
}
