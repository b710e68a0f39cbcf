/**
 * Hop 7/8: the recent window of a room: its newest items, encoded, in order and without a hole, ending at the
 * room's position. Late announcements are recognised in it, and members that were away for a moment are served
 * from it without a read. What one member made the room read just before it is put in front, so that a thousand that
 * return after it need no read (G2.3). Bounded in bytes and in count.
 */
import { ZERO_CURSOR, ZERO_ID, type Cursor, type StreamId } from '@holdline/protocol';
import { cursorOf, type Entry } from '../log/entry.ts';
import { idOf, isBare } from './cursors.ts';
import type { RoomItem } from './room-item.ts';

export interface WindowLimits {
  readonly maxBytes: number;
  readonly maxItems: number;
}

/** What an item costs besides its frame: object, map entries, two short strings. */
const ITEM_OVERHEAD_BYTES = 250;

/** Takes the place of a dropped item until the list is cut, so that its frame is free at once. */
const GONE: RoomItem = { id: ZERO_ID, cursor: ZERO_CURSOR, previous: ZERO_CURSOR, frame: null, rewrite: null };
/** The list is cut when at least this many, and half of it, are gone. */
const CUT_AT = 64;

const costOf = (item: RoomItem): number => ITEM_OVERHEAD_BYTES + (item.frame?.wire.length ?? 0);

export class RoomWindow {
  readonly #limits: WindowLimits;
  #items: RoomItem[] = [];
  /** Items before this index have been dropped already; cut off in one go now and then. */
  #start = 0;
  #bytes = 0;
  /** Where an item stands, counted from the first one ever pushed. */
  readonly #places = new Map<StreamId, number>();
  #dropped = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#items.length - this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(item: RoomItem): void {
    this.#places.set(item.id, this.#dropped + this.#items.length);
    this.#items.push(item);
    this.#bytes += costOf(item);
    while (this.size > 1 && this.#isOverFull()) this.#dropOldest();
  }

  /** Whether the last of these entries stands just before the window, or in it, so that `prepend` may have a use for them. */
  isJustAfter(entries: readonly Entry[], position: Cursor): boolean {
    const last = entries.at(-1);
    if (last === undefined) return false;
    return cursorOf(last) === (this.#items[this.#start]?.previous ?? position) || this.has(cursorOf(last));
  }

  /**
   * Puts what lies just before the window in front of it, as far as there is room: nothing newer is dropped for it.
   *
   * @param items - read from the log, in order and without a hole
   * @param position - of the room, where the window ends
   */
  prepend(items: readonly RoomItem[], position: Cursor): void {
    const anchor = this.#items[this.#start]?.previous ?? position;
    const end = items.findLastIndex((item) => item.cursor === anchor) + 1;
    let from = end;
    let bytes = this.#bytes;
    while (from > 0 && this.size + end - from < this.#limits.maxItems) {
      bytes += costOf(items[from - 1]!);
      if (bytes > this.#limits.maxBytes) break;
      this.#bytes = bytes;
      from -= 1;
    }
    if (from === end) return;
    this.#dropped += this.#start - (end - from);
    this.#items = [...items.slice(from, end), ...this.#items.slice(this.#start)];
    this.#start = 0;
    for (let i = 0; i < end - from; i++) this.#places.set(this.#items[i]!.id, this.#dropped + i);
  }

  /** Whether exactly this entry, ID and message ID, is in the window. */
  has(cursor: Cursor): boolean {
    const place = this.#places.get(idOf(cursor));
    return place !== undefined && this.#items[place - this.#dropped]?.cursor === cursor;
  }

  /** The items after the cursor, up to the newest; null when the window does not reach back to it. */
  after(cursor: Cursor): readonly RoomItem[] | null {
    const place = this.#places.get(idOf(cursor));
    if (place === undefined) return this.#isJustBefore(cursor) ? this.#items.slice(this.#start) : null;
    const index = place - this.#dropped;
    if (!isBare(cursor) && this.#items[index]?.cursor !== cursor) return null;
    return this.#items.slice(index + 1);
  }

  /** The cursor before the last `count` items; null when the window holds fewer. */
  cursorBeforeLast(count: number): Cursor | null {
    return count > 0 && count <= this.size ? this.#items[this.#items.length - count]!.previous : null;
  }

  /** Drops what came after the cursor; everything when the cursor is not in the window. */
  truncateTo(cursor: Cursor): void {
    const kept = this.has(cursor) ? this.#places.get(idOf(cursor))! - this.#dropped + 1 : this.#start;
    while (this.#items.length > kept) {
      const item = this.#items.pop()!;
      this.#places.delete(item.id);
      this.#bytes -= costOf(item);
    }
  }

  clear(): void {
    this.#dropped += this.#items.length;
    this.#items = [];
    this.#start = 0;
    this.#bytes = 0;
    this.#places.clear();
  }

  #isOverFull(): boolean {
    return this.#bytes > this.#limits.maxBytes || this.size > this.#limits.maxItems;
  }

  #isJustBefore(cursor: Cursor): boolean {
    const first = this.#items[this.#start];
    return first !== undefined && first.previous === cursor;
  }

  #dropOldest(): void {
    const item = this.#items[this.#start]!;
    this.#places.delete(item.id);
    this.#bytes -= costOf(item);
    this.#items[this.#start] = GONE;
    this.#start += 1;
    if (this.#start < CUT_AT || this.#start * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#start);
    this.#dropped += this.#start;
    this.#start = 0;
  }
}
