/**
 * Hop 3/8: one socket as its connection sees it: frames that come in turn, a counted way out, and a heartbeat. It
 * decides nothing; what it notices (silence, a stall, a fault, the end) it tells.
 */
import { encodeFrame, type CloseName } from '@holdline/protocol';
import { errorFields, type Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Member } from '../room/member.ts';
import { TextFrame } from '../room/text-frame.ts';
import { Heartbeat, type HeartbeatOwner, type Heartbeats } from './heartbeat.ts';
import { Inbox, type InboxOwner, type Incoming } from './inbox.ts';
import { SocketOutlet, StreamOutlet, type FrameStream, type OpenSocket } from './outlet.ts';
import { listen, type SocketOwner } from './own-socket.ts';
import { SendBuffer, type SendLimits, type SendOwner } from './send-buffer.ts';
import { closeSocket, type ServerSocket } from './server-socket.ts';

export interface LineDeps extends SendLimits {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly heartbeats: Heartbeats;
}

/** The connection, as far as its line needs it. */
export interface LineOwner {
  readonly id: string;
  /** The next frame waits until this settles; a rejection is a fault. Undefined when it is over on return. */
  handle(frame: Incoming): Promise<void> | undefined;
  onFault(error: unknown): void;
  /** Nothing was heard for two heartbeats. */
  onSilent(): void;
  /** No byte was taken for `stallMs`. */
  onStalled(): void;
  onClosed(): void;
}

/** A socket, and the stream under it where frames may be written to that. */
export interface Wire {
  readonly socket: ServerSocket;
  readonly direct: { readonly stream: FrameStream; readonly socket: OpenSocket } | null;
}

const PING = TextFrame.ofText(encodeFrame({ type: 'ping' }));

export class Line implements Member, HeartbeatOwner, InboxOwner, SendOwner, SocketOwner {
  readonly #socket: ServerSocket;
  readonly #deps: LineDeps;
  readonly #owner: LineOwner;
  readonly #out: SendBuffer;
  readonly #inbox: Inbox;
  readonly #heartbeat: Heartbeat;

  constructor({ socket, direct }: Wire, deps: LineDeps, owner: LineOwner) {
    this.#socket = socket;
    this.#deps = deps;
    this.#owner = owner;
    listen(socket, this);
    const outlet = direct === null ? new SocketOutlet(socket) : new StreamOutlet(direct.stream, direct.socket);
    this.#out = new SendBuffer(deps, outlet, this);
    this.#inbox = new Inbox(this);
    this.#heartbeat = new Heartbeat(deps.heartbeats, this);
    this.#heartbeat.start();
  }

  get id(): string {
    return this.#owner.id;
  }

  get isWritable(): boolean {
    return this.#out.isWritable;
  }

  /** Of a room, or the line itself: goes at the end of this task. */
  send(frame: TextFrame | string): void {
    this.#heartbeat.sent();
    this.#out.send(typeof frame === 'string' ? TextFrame.ofText(frame) : frame);
  }

  /** An answer: goes at the end of this turn of the event loop, or with the next frame of a room. */
  answer(text: string): void {
    this.#heartbeat.sent();
    this.#out.sendLater(TextFrame.ofText(text));
  }

  onceWritable(listener: () => void): void {
    this.#out.onceWritable(listener);
  }

  /** Ends in order; what was sent before still arrives. */
  close(name: CloseName): void {
    this.#out.flush();
    closeSocket(this.#socket, this.#deps.clock, name);
  }

  /** Cuts the socket without a word. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Handles, sends and notices nothing any more. */
  release(): void {
    this.#heartbeat.stop();
    this.#inbox.close();
    this.#out.close();
  }

  handle(frame: Incoming): Promise<void> | undefined {
    return this.#owner.handle(frame);
  }

  untilReady(): Promise<void> | null {
    return this.#out.isOverfull ? new Promise((resolve) => this.#out.onceWritable(resolve)) : null;
  }

  setReading(isReading: boolean): void {
    if (isReading) this.#socket.resume();
    else this.#socket.pause();
  }

  onFault(error: unknown): void {
    this.#owner.onFault(error);
  }

  get isDeaf(): boolean {
    return this.#inbox.isPaused;
  }

  sendPing(): void {
    this.send(PING);
  }

  onSilent(): void {
    this.#owner.onSilent();
  }

  onStalled(): void {
    this.#owner.onStalled();
  }

  onMessage(data: Buffer, isBinary: boolean): void {
    this.#heartbeat.received();
    this.#deps.metrics.count('frames_received');
    this.#inbox.push({ text: isBinary ? null : data.toString(), bytes: data.length });
  }

  onSocketClosed(): void {
    this.#owner.onClosed();
  }

  onSocketError(error: Error): void {
    this.#deps.logger.debug({ connection: this.id, ...errorFields(error) }, 'socket error');
  }
}
