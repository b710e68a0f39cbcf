/**
 * Hop 7/8: the rooms of this instance by name. A room opens with its first member: subscribe, await the
 * acknowledgement, read the position, in this order, so that nothing can fall between. It lingers after its last
 * member and then unsubscribes; opening it again waits for that to be over.
 *
 *   absent ──acquire──▶ opening ──subscribed, position read──▶ open ──last member left──▶ lingering
 *     ▲                    │ failed                             ▲                          │   │
 *     │                    ▼                                    └────────acquire───────────┘   │
 *     └─unsubscribed── closing ◀───────────────────────────────────────linger over─────────────┘
 *
 * Callers hold a room (`acquire`, `release`) while they are about to enter it, so that it cannot retire
 * under them. Implements G5.1 with the tail check.
 */
import type { RoomId } from '@holdline/protocol';
import { withDeadline } from '../clock.ts';
import type { LiveFeed, LiveFeedHandlers } from '../feed/live-feed.ts';
import { LogError } from '../log/message-log.ts';
import { errorFields } from '../logger.ts';
import { RewriteNotes } from './rewrite-notes.ts';
import { Room, type RoomDeps } from './room.ts';
import { TailCheck } from './tail-check.ts';

export interface RegistryDeps extends Omit<RoomDeps, 'notes'> {
  readonly feed: LiveFeed;
  readonly lingerMs: number;
  /** How long a join waits for a room to open before it is refused as retryable. */
  readonly openTimeoutMs: number;
}

interface Slot {
  readonly room: Room;
  /** With the number under which the position was asked for. */
  readonly opened: Promise<number>;
  /** Callers between `acquire` and `release`. */
  holds: number;
  lingerTimer: unknown;
}

export class RoomRegistry {
  readonly #deps: RegistryDeps;
  readonly #slots = new Map<RoomId, Slot>();
  /** Rooms whose subscription is being given up. */
  readonly #closing = new Map<RoomId, Promise<void>>();
  readonly #tailCheck: TailCheck;
  readonly #notes: RewriteNotes;
  #isClosed = false;

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
    this.#notes = new RewriteNotes(deps);
    this.#tailCheck = new TailCheck(deps);
    deps.feed.attach(this.#handlers());
  }

  start(): void {
    this.#tailCheck.start();
  }

  *rooms(): Iterable<Room> {
    for (const slot of this.#slots.values()) yield slot.room;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** The open room. Rejects with `LogError` `unavailable` when it cannot be opened in time. */
  async acquire(name: RoomId): Promise<Room> {
    if (this.#isClosed) throw new LogError('unavailable', 'the server is closing');
    const slot = this.#slots.get(name) ?? this.#openSlot(name);
    this.#deps.clock.clearTimeout(slot.lingerTimer);
    slot.holds += 1;
    if (slot.room.isOpen) return slot.room;
    try {
      const tooLate = (): LogError => new LogError('unavailable', 'the room did not open in time');
      await withDeadline(this.#deps.clock, this.#deps.openTimeoutMs, slot.opened, tooLate);
      return slot.room;
    } catch (error) {
      this.release(slot.room);
      throw error;
    }
  }

  /** To be called once for each `acquire` that succeeded, after entering or instead of it. */
  release(room: Room): void {
    const slot = this.#slots.get(room.name);
    if (slot === undefined || slot.room !== room) return;
    slot.holds -= 1;
    this.retireIfEmpty(room);
  }

  /** To be called after a member has left. */
  retireIfEmpty(room: Room): void {
    const slot = this.#slots.get(room.name);
    if (slot === undefined || slot.room !== room || slot.holds > 0 || room.memberCount > 0) return;
    const { clock, lingerMs } = this.#deps;
    clock.clearTimeout(slot.lingerTimer);
    slot.lingerTimer = clock.setTimeout(() => {
      if (slot.holds === 0 && room.memberCount === 0) this.#retire(slot);
    }, lingerMs);
  }

  /** Compares every room with the log now and reads where they differ. Resolves when that is over, or has failed. */
  refill(): Promise<void> {
    return this.refresh([...this.rooms()].filter((room) => room.memberCount > 0));
  }

  /** This moment, for `refreshSince`. */
  get moment(): number {
    return this.#tailCheck.asked;
  }

  /** As `refill`, for these. What is asked for in one turn goes into one call, however many ask. */
  async refresh(rooms: readonly Room[]): Promise<void> {
    await this.#tailCheck.soon(rooms);
    await Promise.all(rooms.map((room) => room.settled()));
  }

  /**
   * As `refresh`, but asks nothing where the log was asked after that moment: a room that opened since has read its position.
   * False when the log did not tell.
   */
  async refreshSince(room: Room, moment: number): Promise<boolean> {
    const isCompared = await this.#tailCheck.since(room, moment);
    return (await room.settled()) && isCompared;
  }

  /** Unsubscribes everything. Resolves when the feed has answered, at most after the open timeout. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tailCheck.stop();
    this.#notes.close();
    for (const slot of this.#slots.values()) this.#retire(slot);
    const { clock, openTimeoutMs } = this.#deps;
    const all = Promise.all(this.#closing.values());
    await withDeadline(
      clock,
      openTimeoutMs,
      all,
      () => new LogError('unavailable', 'unsubscribing took too long'),
    ).catch((error: unknown) => this.#deps.logger.warn(errorFields(error), 'rooms were not unsubscribed in time'));
  }

  #openSlot(name: RoomId): Slot {
    const room = new Room(name, { ...this.#deps, notes: this.#notes });
    const opened = this.#open(room);
    const slot: Slot = { room, opened, holds: 0, lingerTimer: null };
    this.#slots.set(name, slot);
    opened.then(
      (asked) => {
        // Too late, when nobody waits any more and it was given up.
        if (!room.isOpen) return;
        this.#deps.metrics.count('rooms_opened');
        this.#tailCheck.add(room, asked);
      },
      (error: unknown) => {
        this.#deps.logger.warn({ room: name, ...errorFields(error) }, 'room could not be opened');
        this.#retire(slot);
      },
    );
    return slot;
  }

  async #open(room: Room): Promise<number> {
    await this.#closing.get(room.name);
    await this.#deps.feed.subscribe(room.name);
    const asked = this.#tailCheck.ask();
    const [position] = await this.#deps.log.positions([room.name]);
    if (position === null || position === undefined)
      throw new LogError('unavailable', 'the position of the room cannot be read');
    room.open(position);
    return asked;
  }

  #retire(slot: Slot): void {
    const { room } = slot;
    if (this.#slots.get(room.name)?.room !== room) return;
    this.#slots.delete(room.name);
    this.#deps.clock.clearTimeout(slot.lingerTimer);
    if (room.isOpen) this.#deps.metrics.count('rooms_retired');
    this.#tailCheck.remove(room);
    room.close();
    const closing = this.#unsubscribe(room.name).finally(() => this.#closing.delete(room.name));
    this.#closing.set(room.name, closing);
  }

  async #unsubscribe(name: RoomId): Promise<void> {
    try {
      await this.#deps.feed.unsubscribe(name);
    } catch (error) {
      // The feed drops what arrives for a room that nobody holds, so this costs traffic, not correctness.
      this.#deps.logger.warn({ room: name, ...errorFields(error) }, 'room could not be unsubscribed');
    }
  }

  #handlers(): LiveFeedHandlers {
    const roomOf = (name: RoomId): Room | undefined => this.#slots.get(name)?.room;
    return {
      onEntries: (name, entries) => roomOf(name)?.onEntries(entries),
      onSignal: (name, signal) => roomOf(name)?.onSignal(signal),
      onSuspect: (name, why) => {
        const room = roomOf(name);
        if (room === undefined) return;
        this.#deps.metrics.count('feed_suspects');
        if (why !== 'resubscribed') this.#deps.logger.warn({ room: name, why }, 'announcement cannot be trusted');
        if (room.isOpen) void this.#tailCheck.soon([room]);
        else room.doubtWhenOpen();
      },
    };
  }
}
