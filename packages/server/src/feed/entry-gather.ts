/**
 * Hop 6/8: entries of one room that arrive together, because one read of the connection held several announcements,
 * are handed on together: a room then makes one step of them, and each member gets one frame. Nothing waits for more to
 * come: what has arrived goes when the read has been taken apart. Order is that of arrival; bounded in count and bytes
 * for each room, at which what waits goes at once.
 */
import type { RoomId } from '@holdline/protocol';
import type { Entry } from '../log/entry.ts';

const MAX_ENTRIES = 256;
const MAX_BYTES = 65_536;

interface Waiting {
  entries: readonly Entry[];
  /** The same, when more have come than those of the first announcement. */
  own: Entry[] | null;
  bytes: number;
}

export class EntryGather {
  readonly #deliver: (room: RoomId, entries: readonly Entry[]) => void;
  readonly #afterTask: (task: () => void) => void;
  readonly #rooms = new Map<RoomId, Waiting>();

  constructor(
    deliver: (room: RoomId, entries: readonly Entry[]) => void,
    afterTask: (task: () => void) => void = queueMicrotask,
  ) {
    this.#deliver = deliver;
    this.#afterTask = afterTask;
  }

  add(room: RoomId, entries: readonly Entry[]): void {
    let bytes = 0;
    for (const { data } of entries) bytes += data.length;
    const waiting = this.#rooms.get(room);
    if (waiting === undefined) {
      if (this.#rooms.size === 0) this.#afterTask(this.#flushAll);
      this.#rooms.set(room, { entries, own: null, bytes });
      return;
    }
    waiting.own ??= [...waiting.entries];
    waiting.own.push(...entries);
    waiting.bytes += bytes;
    if (waiting.own.length >= MAX_ENTRIES || waiting.bytes >= MAX_BYTES) this.flush(room);
  }

  /** Hands on what waits for this room, so that what is told of it next comes after. */
  flush(room: RoomId): void {
    const waiting = this.#rooms.get(room);
    if (waiting === undefined) return;
    this.#rooms.delete(room);
    this.#deliver(room, waiting.own ?? waiting.entries);
  }

  /** The room is no longer heard. */
  forget(room: RoomId): void {
    this.#rooms.delete(room);
  }

  readonly #flushAll = (): void => {
    for (const room of this.#rooms.keys()) this.flush(room);
  };
}
