/**
 * A room as a server keeps it, in its smallest form: a list of entries that count, from which a test may trim the oldest
 * or, as a failover does, forget the newest. Answers a reader's cursor with what follows, or with a gap.
 */
import { countOf, formatCursor, formatStreamId, isCursor, parseCursor, ZERO_CURSOR, ZERO_ID } from '@holdline/protocol';
import type { Cursor, GapFrame, GapReason, JoinRequest, MessageFrame, RoomId, StreamId } from '@holdline/protocol';

export type FakeEntry = Omit<MessageFrame, 'type' | 'room'>;

export class FakeRoom {
  readonly name: RoomId;
  /** What is still kept, oldest first. */
  readonly entries: FakeEntry[] = [];
  #trimmedTo: Cursor = ZERO_CURSOR;

  constructor(name: string) {
    this.name = name as RoomId;
  }

  get position(): Cursor {
    const last = this.entries.at(-1);
    return last ? cursorOf(last) : this.#trimmedTo;
  }

  append(entry: Omit<FakeEntry, 'id'>): FakeEntry {
    const n = countOf(idOf(this.position)) + 1;
    const stored = { ...entry, id: formatStreamId(1_000 + n, n) };
    this.entries.push(stored);
    return stored;
  }

  /** Removes the oldest. */
  trim(count: number): void {
    for (const entry of this.entries.splice(0, count)) this.#trimmedTo = cursorOf(entry);
  }

  /** Forgets the newest, as a Redis does that came back without them. */
  forget(count: number): FakeEntry[] {
    return count === 0 ? [] : this.entries.splice(-count);
  }

  startOf(since: JoinRequest['since']): Cursor {
    if (since === undefined || since === 'live') return this.position;
    if (since === 'start') return this.#trimmedTo;
    if (typeof since === 'string') return since as Cursor;
    const before = this.entries.at(-1 - since.last);
    return before ? cursorOf(before) : this.#trimmedTo;
  }

  /** What follows a cursor. */
  readAfter(cursor: Cursor, recent: readonly Cursor[] = []): (MessageFrame | GapFrame)[] {
    if (cursor === this.#trimmedTo) return this.entries.map((entry) => this.frame(entry));
    const at = this.entries.findIndex((entry) => cursorOf(entry) === cursor || entry.id === (cursor as string));
    if (at >= 0) return this.entries.slice(at + 1).map((entry) => this.frame(entry));
    const fork = recent.find(
      (each) => each === this.#trimmedTo || this.entries.some((entry) => cursorOf(entry) === each),
    );
    const isBehind = countOf(idOf(cursor)) < countOf(idOf(this.#trimmedTo));
    if (isBehind) return this.#after('trimmed', cursor, this.#trimmedTo);
    return fork ? this.#after('rewritten', cursor, fork) : this.#after('lost', cursor, this.#trimmedTo);
  }

  frame(entry: FakeEntry): MessageFrame {
    return { type: 'message', room: this.name, ...entry };
  }

  #after(reason: GapReason, cursor: Cursor, next: Cursor): (MessageFrame | GapFrame)[] {
    const isTrim = reason === 'trimmed';
    const [from, to] = isTrim ? [idOf(cursor), idOf(next)] : [idOf(next), idOf(cursor)];
    const missed = reason === 'lost' ? null : countOf(to) - countOf(from);
    return [{ type: 'gap', room: this.name, from, to, missed, reason, next }, ...this.readAfter(next)];
  }
}

export const cursorOf = ({ id, messageId }: Pick<FakeEntry, 'id' | 'messageId'>): Cursor => formatCursor(id, messageId);

const idOf = (cursor: Cursor): StreamId => (isCursor(cursor) ? parseCursor(cursor)!.id : ZERO_ID);
