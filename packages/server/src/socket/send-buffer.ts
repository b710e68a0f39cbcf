/**
 * Hop 7/8: what waits in one socket, counted. Rooms ask `isWritable` and leave a slow member where it stands;
 * answers are always taken, because the frames that cause them are not read while too much waits. A socket that
 * takes no byte for too long is given up (G7.1).
 */
import type { Clock } from '../clock.ts';

/** The bytes that wait in all sockets of this instance. */
export class SendBudget {
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** While true, only sockets in which nothing waits are given more. */
  get isExceeded(): boolean {
    return this.#bytes >= this.#limit;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }
}

/** As much of `ws` as is needed here. */
export interface SendSocket {
  send(data: Buffer, options: { binary: boolean }, done: (error?: Error | null) => void): void;
}

export interface SendBufferOptions {
  readonly socket: SendSocket;
  readonly clock: Clock;
  readonly budget: SendBudget;
  /** More than this in the socket makes a member slow. */
  readonly softLimit: number;
  /** No byte taken for this long ends the connection. */
  readonly stallMs: number;
  onStalled(): void;
}

/** So many times the soft limit may wait before frames from this connection are left unread. */
const HARD_FACTOR = 4;

export class SendBuffer {
  readonly #options: SendBufferOptions;
  #queued = 0;
  #isClosed = false;
  #progressAt = 0;
  #stallTimer: unknown = null;
  #listeners: (() => void)[] = [];

  constructor(options: SendBufferOptions) {
    this.#options = options;
  }

  get isWritable(): boolean {
    if (this.#isClosed) return false;
    return this.#queued === 0 || (this.#queued < this.#options.softLimit && !this.#options.budget.isExceeded);
  }

  /** True while so much waits that answers must not be caused any more. */
  get isOverfull(): boolean {
    return this.#queued >= HARD_FACTOR * this.#options.softLimit;
  }

  send(frame: Buffer | string): void {
    if (this.#isClosed) return;
    const bytes = typeof frame === 'string' ? Buffer.from(frame) : frame;
    if (this.#queued === 0) this.#watchForStall();
    this.#queued += bytes.length;
    this.#options.budget.add(bytes.length);
    this.#options.socket.send(bytes, { binary: false }, () => this.#taken(bytes.length));
  }

  onceWritable(listener: () => void): void {
    if (this.isWritable) queueMicrotask(listener);
    else if (!this.#isClosed) this.#listeners.push(listener);
  }

  /** Nothing more is sent; what waits is no longer counted. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.budget.add(-this.#queued);
    this.#options.clock.clearTimeout(this.#stallTimer);
    const listeners = this.#listeners;
    this.#listeners = [];
    // Whoever waits must find out that it waits for nothing.
    for (const listener of listeners) listener();
  }

  #taken(bytes: number): void {
    if (this.#isClosed) return;
    this.#queued -= bytes;
    this.#options.budget.add(-bytes);
    this.#progressAt = this.#options.clock.monotonic();
    if (this.#listeners.length === 0 || !this.isWritable || this.#queued > this.#options.softLimit / 2) return;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  #watchForStall(): void {
    this.#progressAt = this.#options.clock.monotonic();
    // Left running when the socket drains: setting a timer for every frame would cost more than the frame.
    if (this.#stallTimer === null) this.#armStallTimer(this.#options.stallMs);
  }

  #armStallTimer(inMs: number): void {
    this.#stallTimer = this.#options.clock.setTimeout(() => {
      this.#stallTimer = null;
      if (this.#isClosed || this.#queued === 0) return;
      const idleMs = this.#options.clock.monotonic() - this.#progressAt;
      if (idleMs >= this.#options.stallMs) this.#options.onStalled();
      else this.#armStallTimer(this.#options.stallMs - idleMs);
    }, inMs);
  }
}
