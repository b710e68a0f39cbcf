/**
 * Hop 7/8: the last step to the socket, in two ways. The fast one writes whole frames, framed before, to the byte
 * stream under the WebSocket: no second framing, no copy and no callback for each frame. Where there is no such stream
 * (another WebSocket library, a pipe, a negotiated extension) each payload goes through `send` of the socket.
 */
import type { TextFrame } from '../room/text-frame.ts';
import type { ServerSocket } from './server-socket.ts';

export interface Outlet {
  /** Bytes that were written and are still in the memory of this process. */
  readonly queued: number;
  /** Whoever wants to know that something has left; once, before the first write. */
  attach(taker: Taker): void;
  /** In order. Never throws; a socket that is closing drops them. */
  write(frames: readonly TextFrame[]): void;
}

export interface Taker {
  taken(): void;
}

/** As much of `net.Socket` or `tls.TLSSocket` as is needed here. */
export interface FrameStream {
  readonly writableLength: number;
  write(bytes: Uint8Array, done?: () => void): unknown;
  cork(): void;
  uncork(): void;
}

/** The WebSocket on such a stream: `OPEN` until a close frame has come or gone. */
export interface OpenSocket {
  readonly readyState: number;
}

const OPEN = 1;
/** Frames of one write that are copied together rather than handed over one by one. */
const MAX_COPIED_BYTES = 16_384;
const NOTHING = new Uint8Array(0);

/** Past the framing of the WebSocket library, which goes on writing its own frames (close, pong) to the same stream. */
export class StreamOutlet implements Outlet {
  readonly #stream: FrameStream;
  readonly #socket: OpenSocket;
  #taker: Taker | null = null;
  #isMarked = false;

  constructor(stream: FrameStream, socket: OpenSocket) {
    this.#stream = stream;
    this.#socket = socket;
  }

  get queued(): number {
    return this.#stream.writableLength;
  }

  attach(taker: Taker): void {
    this.#taker = taker;
  }

  write(frames: readonly TextFrame[]): void {
    // After our close frame nothing may follow.
    if (this.#socket.readyState !== OPEN) return;
    if (frames.length === 1) this.#stream.write(frames[0]!.wire);
    else this.#writeAll(frames);
    if (!this.#isMarked && this.#stream.writableLength > 0) this.#mark();
  }

  #writeAll(frames: readonly TextFrame[]): void {
    let bytes = 0;
    for (const { wire } of frames) bytes += wire.length;
    if (bytes <= MAX_COPIED_BYTES) {
      this.#stream.write(
        Buffer.concat(
          frames.map(({ wire }) => wire),
          bytes,
        ),
      );
      return;
    }
    this.#stream.cork();
    for (const { wire } of frames) this.#stream.write(wire);
    this.#stream.uncork();
  }

  /** An empty write behind what waits: when it is done, all before it is gone. One at a time. */
  #mark(): void {
    this.#isMarked = true;
    this.#stream.write(NOTHING, () => this.#passed());
  }

  #passed(): void {
    this.#isMarked = false;
    if (this.#stream.writableLength > 0 && this.#socket.readyState === OPEN) this.#mark();
    this.#taker?.taken();
  }
}

const AS_TEXT = { binary: false } as const;

export class SocketOutlet implements Outlet {
  readonly #socket: Pick<ServerSocket, 'send'>;
  #taker: Taker | null = null;
  #queued = 0;

  constructor(socket: Pick<ServerSocket, 'send'>) {
    this.#socket = socket;
  }

  get queued(): number {
    return this.#queued;
  }

  attach(taker: Taker): void {
    this.#taker = taker;
  }

  write(frames: readonly TextFrame[]): void {
    for (const { payload } of frames) {
      this.#queued += payload.length;
      this.#socket.send(payload, AS_TEXT, () => {
        this.#queued -= payload.length;
        this.#taker?.taken();
      });
    }
  }
}
