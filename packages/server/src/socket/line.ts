/**
 * Hop 3/8: one socket as its connection sees it: frames that come in turn, a counted way out, and a heartbeat. It
 * decides nothing; what it notices (silence, a stall, a fault, the end) it tells.
 */
import { encodeFrame, type CloseName } from '@holdline/protocol';
import type { Clock } from '../clock.ts';
import { errorFields, type Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Member } from '../room/member.ts';
import { Heartbeat } from './heartbeat.ts';
import { Inbox, type Incoming } from './inbox.ts';
import { SendBuffer, type SendBudget } from './send-buffer.ts';
import { closeSocket, type ServerSocket } from './server-socket.ts';

export interface LineDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly budget: SendBudget;
  readonly heartbeatMs: number;
  /** Bytes in the socket beyond which a member is slow. */
  readonly softLimit: number;
  readonly stallMs: number;
}

export interface LineHandlers {
  /** The next frame waits until this settles; a rejection is a fault. */
  handle(frame: Incoming): Promise<void>;
  onFault(error: unknown): void;
  /** Nothing was heard for two heartbeats. */
  onSilent(): void;
  /** No byte was taken for `stallMs`. */
  onStalled(): void;
  onClosed(): void;
}

const PING = encodeFrame({ type: 'ping' });

export class Line {
  readonly member: Member;
  readonly #socket: ServerSocket;
  readonly #clock: Clock;
  readonly #out: SendBuffer;
  readonly #inbox: Inbox;
  readonly #heartbeat: Heartbeat;

  constructor(id: string, socket: ServerSocket, deps: LineDeps, handlers: LineHandlers) {
    const { clock, logger, metrics } = deps;
    this.#socket = socket;
    this.#clock = clock;
    // First of all: an error without a listener would end the process.
    socket.on('error', (error) => logger.debug({ connection: id, ...errorFields(error) }, 'socket error'));
    socket.on('close', () => handlers.onClosed());
    socket.on('message', (data, isBinary) => {
      this.#heartbeat.received();
      metrics.count('frames_received');
      this.#inbox.push({ text: isBinary ? null : data.toString(), bytes: data.length });
    });
    this.#out = new SendBuffer({ ...deps, socket, onStalled: () => handlers.onStalled() });
    this.member = this.#createMember(id);
    this.#inbox = this.#createInbox(handlers);
    this.#heartbeat = new Heartbeat({
      clock,
      intervalMs: deps.heartbeatMs,
      isDeaf: () => this.#inbox.isPaused,
      sendPing: () => this.member.send(PING),
      onSilent: () => handlers.onSilent(),
    });
    this.#heartbeat.start();
  }

  /** Ends in order; what was sent before still arrives. */
  close(name: CloseName): void {
    closeSocket(this.#socket, this.#clock, name);
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

  #createMember(id: string): Member {
    const out = this.#out;
    return {
      id,
      get isWritable() {
        return out.isWritable;
      },
      send: (frame) => {
        this.#heartbeat.sent();
        out.send(frame);
      },
      onceWritable: (listener) => out.onceWritable(listener),
    };
  }

  #createInbox(handlers: LineHandlers): Inbox {
    const out = this.#out;
    return new Inbox({
      handle: (frame) => handlers.handle(frame),
      untilReady: () => (out.isOverfull ? new Promise((resolve) => out.onceWritable(resolve)) : null),
      setReading: (isReading) => (isReading ? this.#socket.resume() : this.#socket.pause()),
      onFault: (error) => handlers.onFault(error),
    });
  }
}
