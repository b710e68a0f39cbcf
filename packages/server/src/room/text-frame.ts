/**
 * Hop 7/8: one text frame of WebSocket, header and payload in one piece of memory. What a server sends is not masked
 * (RFC 6455, 5.1), so the same bytes go to every member: a message is framed once for each instance, not once for
 * each socket. The bytes are shared and must not be changed.
 */

/** FIN and the opcode of a text frame. */
const TEXT = 0x81;

export class TextFrame {
  /** As it goes over the wire. */
  readonly wire: Buffer;
  readonly #headBytes: number;

  private constructor(wire: Buffer, headBytes: number) {
    this.wire = wire;
    this.#headBytes = headBytes;
  }

  static ofText(text: string): TextFrame {
    const frame = TextFrame.#allocate(Buffer.byteLength(text));
    frame.wire.write(text, frame.#headBytes);
    return frame;
  }

  /** Each character is one byte of the payload. */
  static ofLatin1(text: string): TextFrame {
    const frame = TextFrame.#allocate(text.length);
    frame.wire.write(text, frame.#headBytes, 'latin1');
    return frame;
  }

  /** The payload is `bytes` between two texts. */
  static around(head: string, bytes: Buffer, tail: string): TextFrame {
    const headLength = Buffer.byteLength(head);
    const frame = TextFrame.#allocate(headLength + bytes.length + Buffer.byteLength(tail));
    const { wire } = frame;
    const start = frame.#headBytes + headLength;
    wire.write(head, frame.#headBytes);
    wire.set(bytes, start);
    wire.write(tail, start + bytes.length);
    return frame;
  }

  /** The payload is what the parts make in a row. */
  static ofParts(parts: readonly Buffer[]): TextFrame {
    let length = 0;
    for (const part of parts) length += part.length;
    const frame = TextFrame.#allocate(length);
    let at = frame.#headBytes;
    for (const part of parts) {
      frame.wire.set(part, at);
      at += part.length;
    }
    return frame;
  }

  /** The text as UTF-8, without the header. */
  get payload(): Buffer {
    return this.wire.subarray(this.#headBytes);
  }

  toString(): string {
    return this.wire.toString('utf8', this.#headBytes);
  }

  static #allocate(length: number): TextFrame {
    const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    const wire = Buffer.allocUnsafe(headBytes + length);
    wire[0] = TEXT;
    if (headBytes === 2) {
      wire[1] = length;
    } else if (headBytes === 4) {
      wire[1] = 126;
      wire.writeUInt16BE(length, 2);
    } else {
      wire[1] = 127;
      wire.writeBigUInt64BE(BigInt(length), 2);
    }
    return new TextFrame(wire, headBytes);
  }
}
