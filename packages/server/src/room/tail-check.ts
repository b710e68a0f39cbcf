/**
 * beside Hop 7/8 – finds what no announcement will ever tell, first of all a lost last message in a quiet room
 * (G5.2). Every room with members is compared with the log at least every `periodMs`, spread over small calls; a
 * room about which the feed has doubts is compared at once, together with all others that are in doubt at that
 * moment. One call at a time; what a failed call did not answer stays due.
 */
import type { Cursor, RoomId } from '@holdline/protocol';
import { Waits, type Clock } from '../clock.ts';
import { errorFields, type FaultLog } from '../logger.ts';
import { LogError, type MessageLog } from '../log/message-log.ts';
import type { Metrics } from '../metrics.ts';
import type { Room } from './room.ts';

export interface TailCheckDeps {
  readonly log: Pick<MessageLog, 'positions'>;
  readonly clock: Clock;
  readonly logger: FaultLog;
  readonly metrics: Metrics;
}

/** A room is due this long after its last check; with the tick and the call itself that stays below 5 s. */
const PERIOD_MS = 4000;
const TICK_MS = 250;
/** Rooms in one call: 5,000 positions take Redis about 17 ms, so this many about 2 ms. */
const MAX_ROOMS_PER_CALL = 500;
/** Who wants to know where a room stands so soon after its last check waits for the others that do: a storm of returning members costs so many questions a second, however many they are. */
const GATHER_MS = 50;

export class TailCheck {
  readonly #deps: TailCheckDeps;
  /** Open rooms in the order of their last check, with its time: looking at the first ones is enough. */
  readonly #queue = new Map<Room, number>();
  readonly #inDoubt = new Set<Room>();
  /** Could not be read, though others could: in doubt again from the next tick on, so that they hold up nobody. */
  readonly #unread = new Set<Room>();
  /** The newest question about the position of each room that has its answer, by its number. */
  readonly #answered = new WeakMap<Room, number>();
  #asked = 0;
  /** Checks that wait for others to ask for the same. */
  readonly #gathering = new Map<Room, Promise<void>>();
  readonly #waits: Waits;
  /** Checks that may be made before they are due, so that rooms opened together are not always checked together. */
  #credit = 0;
  #timer: unknown = null;
  #underWay: Promise<void> | null = null;
  #isFailing = false;
  #isStopped = true;

  constructor(deps: TailCheckDeps) {
    this.#deps = deps;
    this.#waits = new Waits(deps.clock);
  }

  start(): void {
    this.#isStopped = false;
    this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    this.#deps.clock.clearTimeout(this.#timer);
    this.#inDoubt.clear();
    this.#unread.clear();
    this.#waits.end();
  }

  /** Counts the questions about positions: what is answered under a later number was asked after this. */
  get asked(): number {
    return this.#asked;
  }

  /** To be called when a position is asked for; the number of the question. */
  ask(): number {
    this.#asked += 1;
    return this.#asked;
  }

  /**
   * True when the room is compared with an answer to a question after that of this number, false when that has failed. At
   * once, where it was; with all who ask within `GATHER_MS` of the last check, where that was just before.
   */
  async since(room: Room, asked: number): Promise<boolean> {
    const isAnswered = (): boolean => (this.#answered.get(room) ?? 0) > asked;
    if (isAnswered()) return true;
    const checkedAt = this.#queue.get(room);
    const waitMs = checkedAt === undefined ? 0 : checkedAt + GATHER_MS - this.#deps.clock.monotonic();
    if (waitMs <= 0 && !this.#gathering.has(room)) await this.soon([room]);
    else await (this.#gathering.get(room) ?? this.#gather(room, waitMs));
    return isAnswered();
  }

  #gather(room: Room, waitMs: number): Promise<void> {
    const gathered = this.#waits.sleep(waitMs).then(() => {
      // Whoever asks from here on asks anew.
      this.#gathering.delete(room);
      return this.soon([room]);
    });
    this.#gathering.set(room, gathered);
    return gathered;
  }

  /** A room has opened, and with that has read its position, under this number. */
  add(room: Room, asked: number): void {
    this.#queue.set(room, this.#deps.clock.monotonic());
    this.#answered.set(room, asked);
  }

  remove(room: Room): void {
    this.#queue.delete(room);
    this.#inDoubt.delete(room);
    this.#unread.delete(room);
  }

  /** Checks the rooms as soon as no other check is under way; resolves when that is done or has failed. */
  soon(rooms: Iterable<Room>): Promise<void> {
    for (const room of rooms) this.#inDoubt.add(room);
    return this.#check();
  }

  #arm(): void {
    if (this.#isStopped) return;
    this.#timer = this.#deps.clock.setTimeout(() => {
      // Never for more than each room once: what an outage has put off must not come down on a Redis that has just returned.
      const earned = (this.#queue.size * TICK_MS) / PERIOD_MS;
      this.#credit = Math.min(this.#queue.size, Math.max(0, this.#credit) + earned);
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
    for (const room of this.#unread) this.#inDoubt.add(room);
    this.#unread.clear();
    // What came up in the same turn goes into the same call.
    await Promise.resolve();
    for (let rooms = this.#due(); rooms.length > 0 && !this.#isStopped; rooms = this.#due()) {
      if (!(await this.#compare(rooms))) return;
    }
  }

  /** Rooms in doubt first, then those whose time has come. */
  #due(): readonly Room[] {
    const due = new Set<Room>();
    for (const room of this.#inDoubt) if (due.size < MAX_ROOMS_PER_CALL) due.add(room);
    const now = this.#deps.clock.monotonic();
    for (const [room, checkedAt] of this.#queue) {
      if (due.size >= MAX_ROOMS_PER_CALL || (this.#credit < 1 && now - checkedAt < PERIOD_MS)) break;
      this.#credit -= 1;
      if (room.memberCount > 0) due.add(room);
      else this.#toTheEnd(room, now);
    }
    for (const room of due) this.#inDoubt.delete(room);
    return [...due].filter((room) => room.isOpen);
  }

  #toTheEnd(room: Room, checkedAt: number): void {
    if (this.#queue.delete(room)) this.#queue.set(room, checkedAt);
  }

  async #compare(rooms: readonly Room[]): Promise<boolean> {
    const { log, clock, metrics } = this.#deps;
    const held = rooms.map((room) => room.position);
    const sentAt = clock.monotonic();
    const asked = this.ask();
    metrics.count('tail_checks');
    try {
      const found = await log.positions(rooms.map((room): RoomId => room.name));
      let areAllRead = true;
      rooms.forEach((room, index) => {
        const position = found[index] ?? null;
        this.#toTheEnd(room, sentAt);
        if (position === null) {
          areAllRead = false;
          if (room.isOpen) this.#unread.add(room);
          return;
        }
        this.#answered.set(room, asked);
        if (room.isOpen) room.compare(position, held[index] as Cursor);
      });
      if (areAllRead) this.#isFailing = false;
      else this.#failed(new LogError('unavailable', 'the position of a room cannot be read'));
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
