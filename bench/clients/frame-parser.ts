// The server's side of a WebSocket, cut into frames. It takes chunks as they come from TCP, copies only what a chunk leaves
// unfinished, and hands out views that are valid during the call alone. No extensions, no checks that a load client need not pay for.

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FIN = 0x80;
const OPCODE = 0x0f;
const LENGTH = 0x7f;
/** Larger than any frame of a run; beyond it something else is on the line. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

export type OnFrame = (opcode: number, payload: Buffer) => void;

export class FrameParser {
  readonly #onFrame: OnFrame;
  /** The unfinished end of what came, in copies, and how long it has to be before another look is worth it. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #needed = 0;
  #parts: Buffer[] = [];
  #partsOpcode = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    if (this.#restBytes > 0 && this.#restBytes + chunk.length < this.#needed) return this.#keep(chunk);
    const bytes = this.#restBytes === 0 ? chunk : Buffer.concat([...this.#rest, chunk]);
    this.#rest = [];
    this.#restBytes = 0;
    let at = 0;
    for (;;) {
      const next = this.#frameAt(bytes, at);
      if (next === at) break;
      at = next;
    }
    if (at < bytes.length) this.#keep(bytes.subarray(at));
  }

  /** The chunk's memory is used again for the next read, so what is kept has to be copied. */
  #keep(bytes: Buffer): void {
    this.#rest.push(Buffer.from(bytes));
    this.#restBytes += bytes.length;
  }

  /** Hands on the frame that begins at `at` and returns where the next one does; `at` itself when it is not complete. */
  #frameAt(bytes: Buffer, at: number): number {
    const have = bytes.length - at;
    const short = have < 2 ? 0 : bytes[at + 1]! & LENGTH;
    const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
    this.#needed = headBytes;
    if (have < headBytes) return at;
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (length > MAX_FRAME_BYTES) throw new Error(`a frame of ${length} bytes`);
    this.#needed = headBytes + length;
    if (have < this.#needed) return at;
    const end = at + this.#needed;
    this.#take(bytes[at]!, bytes.subarray(at + headBytes, end));
    return end;
  }

  #take(head: number, payload: Buffer): void {
    const opcode = head & OPCODE;
    const isLast = (head & FIN) !== 0;
    if (opcode >= OPCODES.close || (isLast && opcode !== OPCODES.continuation)) return this.#onFrame(opcode, payload);
    if (opcode !== OPCODES.continuation) this.#partsOpcode = opcode;
    this.#parts.push(Buffer.from(payload));
    if (!isLast) return;
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#onFrame(this.#partsOpcode, whole);
  }
}

/** A frame as a client sends it. The mask is four zero bytes: allowed, and it costs nothing. */
export function clientFrame(opcode: number, payload: string | Buffer): Buffer {
  const length = payload.length;
  const headBytes = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const frame = Buffer.allocUnsafe(headBytes + length);
  frame[0] = FIN | opcode;
  if (length < 126) frame[1] = FIN | length;
  else if (length < 65_536) {
    frame[1] = FIN | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = FIN | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.fill(0, headBytes - 4, headBytes);
  // Texts of a run are ASCII, so that characters are bytes.
  if (typeof payload === 'string') frame.write(payload, headBytes, 'latin1');
  else payload.copy(frame, headBytes);
  return frame;
}
