/**
 * beside Hop 7/8 – finds what no announcement will ever tell, first of all a lost last message in a quiet room
 * (G5.2). Every room with members is compared with the log at least every `periodMs`, spread over small calls; a
 * room about which the feed has doubts is compared at once, together with all others that are in doubt at that
 * moment. One call at a time; what a failed call did not answer stays due.
 */
import type { Cursor, RoomId } from '@holdline/protocol';
import type { Clock } from '../clock.ts';
import { errorFields, type Logger } from '../logger.ts';
import type { MessageLog } from '../log/message-log.ts';
import type { Metrics } from '../metrics.ts';
import type { Room } from './room.ts';

export interface TailCheckDeps {
  readonly log: Pick<MessageLog, 'positions'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  rooms(): Iterable<Room>;
}

/** A room is due this long after its last check; with the tick and the call itself that stays below 5 s. */
const PERIOD_MS = 4000;
const TICK_MS = 250;
/** Rooms in one call: 5,000 positions take Redis about 17 ms, so this many about 2 ms. */
const MAX_ROOMS_PER_CALL = 500;

export class TailCheck {
  readonly #deps: TailCheckDeps;
  readonly #checkedAt = new WeakMap<Room, number>();
  readonly #inDoubt = new Set<Room>();
  #timer: unknown = null;
  #underWay: Promise<void> | null = null;
  #isFailing = false;
  #isStopped = true;

  constructor(deps: TailCheckDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isStopped = false;
    this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    this.#deps.clock.clearTimeout(this.#timer);
    this.#inDoubt.clear();
  }

  /** Checks the rooms as soon as no other check is under way; resolves when that is done or has failed. */
  soon(rooms: Iterable<Room>): Promise<void> {
    for (const room of rooms) this.#inDoubt.add(room);
    return this.#check();
  }

  #arm(): void {
    if (this.#isStopped) return;
    this.#timer = this.#deps.clock.setTimeout(() => {
      void this.#check();
      this.#arm();
    }, TICK_MS);
  }

  #check(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    this.#underWay ??= this.#compareDue().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #compareDue(): Promise<void> {
    // What came up in the same turn goes into the same call.
    await Promise.resolve();
    for (let rooms = this.#due(); rooms.length > 0 && !this.#isStopped; rooms = this.#due()) {
      if (!(await this.#compare(rooms))) return;
    }
  }

  /** Rooms in doubt first, then those whose time has come. */
  #due(): readonly Room[] {
    const due: Room[] = [];
    for (const room of this.#inDoubt) if (due.length < MAX_ROOMS_PER_CALL) due.push(room);
    const now = this.#deps.clock.monotonic();
    for (const room of this.#deps.rooms()) {
      if (due.length >= MAX_ROOMS_PER_CALL) break;
      if (room.memberCount > 0 && !this.#inDoubt.has(room) && this.#isDue(room, now)) due.push(room);
    }
    for (const room of due) this.#inDoubt.delete(room);
    return due.filter((room) => room.isOpen);
  }

  #isDue(room: Room, now: number): boolean {
    const checkedAt = this.#checkedAt.get(room);
    if (checkedAt !== undefined) return now - checkedAt >= PERIOD_MS;
    // New here: its first check falls anywhere in the period, so that rooms opened together drift apart.
    this.#checkedAt.set(room, now - this.#deps.clock.random() * PERIOD_MS);
    return false;
  }

  async #compare(rooms: readonly Room[]): Promise<boolean> {
    const { log, clock, metrics } = this.#deps;
    const held = rooms.map((room) => room.position);
    const sentAt = clock.monotonic();
    metrics.count('tail_checks');
    try {
      const found = await log.positions(rooms.map((room): RoomId => room.name));
      rooms.forEach((room, index) => {
        this.#checkedAt.set(room, sentAt);
        if (room.isOpen) room.compare(found[index] as Cursor, held[index] as Cursor);
      });
      this.#isFailing = false;
      return true;
    } catch (error) {
      for (const room of rooms) this.#inDoubt.add(room);
      this.#failed(error);
      return false;
    }
  }

  /** One line for each outage, not one for each tick. */
  #failed(error: unknown): void {
    this.#deps.metrics.count('log_read_failures');
    if (!this.#isFailing) this.#deps.logger.warn(errorFields(error), 'positions of rooms cannot be compared');
    this.#isFailing = true;
  }
}
