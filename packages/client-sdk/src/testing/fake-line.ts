/**
 * A WebSocket with both its ends in the hands of a test: what either side sends waits in a queue until the test lets
 * it through, drops it, doubles it, or cuts the line. Behaves as in browsers where that matters: sending before
 * it is open throws, after it is closed does nothing.
 */
import type { ClientFrame, ServerFrame } from '@holdline/protocol';
import type { WebSocketLike } from '../options.ts';

/** What a test may send as a server: a frame, or text of any kind. */
export type Sendable = ServerFrame | string;

export class FakeLine implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly url: string;
  readonly protocols: string;
  /** Everything that the client has sent. */
  readonly sent: ClientFrame[] = [];
  /** Everything that was let through to the client. */
  readonly received: Sendable[] = [];
  /** On its way to the server. */
  readonly up: ClientFrame[] = [];
  /** On its way to the client. */
  readonly down: Sendable[] = [];
  state: 'connecting' | 'open' | 'closed' = 'connecting';
  /** The code with which the client has closed it. */
  closedByClient: number | undefined;

  constructor(url: string, protocols: string) {
    this.url = url;
    this.protocols = protocols;
  }

  /** Frames that the client has sent, of one type. */
  sentOf<T extends ClientFrame['type']>(type: T): Extract<ClientFrame, { type: T }>[] {
    return this.sent.filter((frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type);
  }

  send(text: string): void {
    if (this.state === 'connecting') throw new Error('InvalidStateError: still connecting');
    if (this.state === 'closed') return;
    const frame = JSON.parse(text) as ClientFrame;
    this.sent.push(frame);
    this.up.push(frame);
  }

  close(code = 1005): void {
    this.closedByClient ??= code;
    this.state = 'closed';
    // What was on its way to the server may still arrive; nothing comes back.
    this.down.length = 0;
  }

  open(): void {
    if (this.state !== 'connecting') return;
    this.state = 'open';
    this.onopen?.({} as never);
  }

  /** Hands a frame to the client now, past the queue; also when the client has closed, as a late event would come. */
  deliver(frame: Sendable): void {
    this.received.push(frame);
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) } as never);
  }

  /** Lets the oldest frames through to the client: all of them, or so many. */
  letDown(count = this.down.length): void {
    for (const frame of this.down.splice(0, count)) this.deliver(frame);
  }

  /** The line ends here: what is on its way in either direction is lost. */
  cut(code = 1006): void {
    this.vanish();
    this.onerror?.({} as never);
    this.onclose?.({ code, reason: '', wasClean: code !== 1006 } as never);
  }

  /** Dies without a word to the client. */
  vanish(): void {
    this.state = 'closed';
    this.up.length = 0;
    this.down.length = 0;
  }
}
