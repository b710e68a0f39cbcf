/**
 * Hop 7/8: what waits for one socket, counted. Frames are gathered for as long as `WriteTurn` says and then written at
 * once, in the order in which they were given. Rooms ask `isWritable` and leave a slow member where it stands; answers
 * are always taken, because the frames that cause them are not read while too much waits. A socket that takes no byte
 * for too long is given up (G7.1).
 */
import type { Clock } from '../clock.ts';
import type { TextFrame } from '../room/text-frame.ts';
import type { Outlet, Taker } from './outlet.ts';
import type { Gathered, WriteTurn } from './write-turn.ts';

/** The bytes that wait for all sockets of this instance. */
export class SendBudget {
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** While true, only sockets for which nothing waits are given more. */
  get isExceeded(): boolean {
    return this.#bytes >= this.#limit;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }
}

export interface SendLimits {
  readonly clock: Clock;
  readonly turn: WriteTurn;
  readonly budget: SendBudget;
  /** More than this waiting makes a member slow. */
  readonly softLimit: number;
  /** No byte taken for this long ends the connection. */
  readonly stallMs: number;
}

export interface SendOwner {
  onStalled(): void;
}

/** So many times the soft limit may wait before frames from this connection are left unread. */
const HARD_FACTOR = 4;

export class SendBuffer implements Gathered, Taker {
  readonly #limits: SendLimits;
  readonly #outlet: Outlet;
  readonly #owner: SendOwner;
  /** Given in this turn and not written yet. */
  #gathered: TextFrame[] = [];
  #gatheredBytes = 0;
  /** As much of this as counts in the budget. */
  #counted = 0;
  #due: 'no' | 'after turn' | 'after task' = 'no';
  #isClosed = false;
  #progressAt = 0;
  #stallTimer: unknown = null;
  #listeners: (() => void)[] | null = null;

  constructor(limits: SendLimits, outlet: Outlet, owner: SendOwner) {
    this.#limits = limits;
    this.#outlet = outlet;
    this.#owner = owner;
    outlet.attach(this);
  }

  get isWritable(): boolean {
    if (this.#isClosed) return false;
    const waiting = this.#waiting;
    return waiting === 0 || (waiting < this.#limits.softLimit && !this.#limits.budget.isExceeded);
  }

  /** True while so much waits that answers must not be caused any more. */
  get isOverfull(): boolean {
    return this.#waiting >= HARD_FACTOR * this.#limits.softLimit;
  }

  /** Is written at the end of this task. */
  send(frame: TextFrame): void {
    if (!this.#gather(frame) || this.#due === 'after task') return;
    this.#due = 'after task';
    this.#limits.turn.addMessages(this);
  }

  /** Is written at the end of this turn of the event loop, or before something that goes sooner. */
  sendLater(frame: TextFrame): void {
    if (!this.#gather(frame) || this.#due !== 'no') return;
    this.#due = 'after turn';
    this.#limits.turn.addAnswers(this);
  }

  /** Writes what was gathered. */
  flush(): void {
    this.#due = 'no';
    if (this.#gatheredBytes === 0 || this.#isClosed) return;
    const frames = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    const wasEmpty = this.#outlet.queued === 0;
    this.#outlet.write(frames);
    this.#count();
    if (this.#outlet.queued > 0) this.#watchForStall(wasEmpty);
    if (this.#listeners !== null) this.#callWriters();
  }

  onceWritable(listener: () => void): void {
    if (this.isWritable) queueMicrotask(listener);
    else if (!this.#isClosed) (this.#listeners ??= []).push(listener);
  }

  /** Nothing more is sent; what waits is no longer counted. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#limits.budget.add(-this.#counted);
    this.#limits.clock.clearTimeout(this.#stallTimer);
    // Whoever waits must find out that it waits for nothing.
    this.#callListeners();
  }

  /** The outlet tells: some of what waited has left. */
  taken(): void {
    if (this.#isClosed) return;
    this.#count();
    this.#progressAt = this.#limits.clock.monotonic();
    if (this.#listeners !== null) this.#callWriters();
  }

  get #waiting(): number {
    return this.#gatheredBytes + this.#outlet.queued;
  }

  #gather(frame: TextFrame): boolean {
    if (this.#isClosed) return false;
    const bytes = frame.wire.length;
    this.#gathered.push(frame);
    this.#gatheredBytes += bytes;
    this.#counted += bytes;
    this.#limits.budget.add(bytes);
    return true;
  }

  /** Brings the budget up to what waits now. */
  #count(): void {
    const waiting = this.#waiting;
    this.#limits.budget.add(waiting - this.#counted);
    this.#counted = waiting;
  }

  /** When half of the bound has gone, not at once: a member that is full again after one frame gains nothing. */
  #callWriters(): void {
    if (this.isWritable && this.#waiting <= this.#limits.softLimit / 2) this.#callListeners();
  }

  #callListeners(): void {
    const listeners = this.#listeners ?? [];
    this.#listeners = null;
    for (const listener of listeners) listener();
  }

  #watchForStall(wasEmpty: boolean): void {
    if (wasEmpty) this.#progressAt = this.#limits.clock.monotonic();
    // Left running when the socket drains: setting a timer for every frame would cost more than the frame.
    if (this.#stallTimer === null) this.#armStallTimer(this.#limits.stallMs);
  }

  #armStallTimer(inMs: number): void {
    const { clock, stallMs } = this.#limits;
    this.#stallTimer = clock.setTimeout(() => {
      this.#stallTimer = null;
      if (this.#isClosed || this.#outlet.queued === 0) return;
      const idleMs = clock.monotonic() - this.#progressAt;
      if (idleMs >= stallMs) this.#owner.onStalled();
      else this.#armStallTimer(stallMs - idleMs);
    }, inMs);
  }
}
