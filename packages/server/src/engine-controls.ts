/**
 * What tests and simulations may do to an engine, the same for both: damage a room, lose announcements,
 * turn back history or the clock, take the store away. Not part of the public surface.
 */
import type { RoomId, StreamId } from '@holdline/protocol';

export interface EngineControls {
  /** Removes all but the newest `keep` entries, as XTRIM does. */
  trim(room: RoomId, keep: number): Promise<void>;
  /** Removes one entry by hand, as XDEL does. */
  removeEntry(room: RoomId, id: StreamId): Promise<void>;
  /** The stream of the room is gone, its position stays. */
  expireStream(room: RoomId): Promise<void>;
  /** The position of the room is gone, its stream stays. */
  forgetPosition(room: RoomId): Promise<void>;
  /** All data as it is now; `restore` turns everything back to it, as a stale replica does. */
  snapshot(): Promise<unknown>;
  restore(snapshot: unknown): Promise<void>;
  /** All data is gone, as after FLUSHALL or a restart without persistence. */
  forgetEverything(): Promise<void>;
  /** The next `count` announcements of the room reach nobody. */
  dropNextAnnouncements(room: RoomId, count: number): Promise<void>;
  /** The instance hears no announcement until `healFeed`, after which its rooms are suspect. */
  cutFeed(instance: string): Promise<void>;
  healFeed(instance: string): Promise<void>;
  /** Appends are answered `store_refused`; reading and announcing go on. */
  refuseWrites(on: boolean): Promise<void>;
  /** Nothing is answered and nothing heard until `comeBack`. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** Steps the clock of the store, forth or back. */
  shiftClock(byMs: number): void;
  serverTime(): number;
  /** Publishes bytes on the channel of a room, as anybody with access to Redis can. */
  announceRaw(room: RoomId, bytes: string | Buffer): Promise<void>;
  /** Adds an entry by hand: without fields with some that mean nothing to us, without an ID with the next `*` gives. */
  addForeignEntry(room: RoomId, fields?: { readonly h: string; readonly d: string }, id?: string): Promise<string>;
  /** Everything that stands in the stream, ours or not: the ID, and field `h` where there is one. */
  standing(room: RoomId): Promise<readonly { readonly id: string; readonly header: string | null }[]>;
  /** How many instances listen to the room. */
  subscriberCount(room: RoomId): Promise<number>;
}
