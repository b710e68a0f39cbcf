// A client of Nchan: the channel is in the path, each frame of a publisher is a message, and is answered with a few lines about the channel.
// Subscribers speak `ws+meta.nchan`, as its own client library does, so that each message comes with its ID before it:
// `id: 1795342577:3`, an empty line, the message.

import type { ClientLine, ClientProtocol, ClientSession, ClientSpec } from '../../clients/client-protocol.ts';

/** First byte of `queued messages: …`. */
const ANSWER = 'q'.charCodeAt(0);
const ID_AT = 'id: '.length;
const END_OF_LINE = 0x0a;

export const NCHAN_PROTOCOL: ClientProtocol = {
  acks: 'always',
  upgrade({ role, room, resume }) {
    if (role === 'publisher') return { path: `/pub/${room}` };
    const since = typeof resume === 'string' ? `?last_event_id=${encodeURIComponent(resume)}` : '';
    return { path: `/sub/${room}${since}`, headers: { 'Sec-WebSocket-Protocol': 'ws+meta.nchan' } };
  },
  session: (spec, line) => (spec.role === 'publisher' ? new Publisher(line) : new Subscriber(spec, line)),
};

class Publisher implements ClientSession {
  readonly #line: ClientLine;

  constructor(line: ClientLine) {
    this.#line = line;
  }

  opened(): void {
    this.#line.ready();
  }

  received(frame: Buffer): void {
    if (frame[0] === ANSWER) this.#line.acked(1);
    else this.#line.fault(frame.toString());
  }

  publish(payload: string): void {
    this.#line.sendText(payload);
  }
}

class Subscriber implements ClientSession {
  readonly #line: ClientLine;
  readonly #payloadBytes: number;
  readonly #isResumable: boolean;
  /** A copy of the newest message's first lines. */
  #newest: Buffer | null = null;

  constructor({ payloadBytes, isResumable }: ClientSpec, line: ClientLine) {
    this.#line = line;
    this.#payloadBytes = payloadBytes;
    this.#isResumable = isResumable;
  }

  opened(): void {
    this.#line.ready();
  }

  received(frame: Buffer): void {
    const at = frame.length - this.#payloadBytes;
    if (!this.#line.deliver(frame, at)) this.#line.fault(frame.toString());
    else if (this.#isResumable) this.#newest = Buffer.from(frame.subarray(0, at));
  }

  publish(): void {
    throw new Error('a subscriber does not publish');
  }

  cursor(): string | undefined {
    return this.#newest?.toString('latin1', ID_AT, this.#newest.indexOf(END_OF_LINE));
  }
}
