/**
 * Hop 5/8: reading a room: `readAfter`, `startCursor`, `positions` and the rest over any LogSource. It fetches
 * facts and lets continuity.ts judge them; what Holdline did not write is skipped and counted here (G6.2). Rules:
 * G2.3, G4.1 to G4.6.
 */
import {
  compareStreamIds,
  countOf,
  formatCursor,
  formatStreamId,
  isStreamId,
  parseCursor,
  timeOf,
  ZERO_CURSOR,
  ZERO_ID,
  type Cursor,
  type CursorParts,
  type RoomId,
  type StreamId,
} from '@holdline/protocol';
import { onChain } from './chain.ts';
import { forkCandidates, holeGap, isSame, meet, replacedGap, untilHole, type Meeting } from './continuity.ts';
import { contentHash, dedupeField } from './dedupe.ts';
import { decodeEntry, type RawEntry } from './entry-codec.ts';
import { cursorOf, type Entry } from './entry.ts';
import type { EngineObserver, LogSource } from './log-source.ts';
import { LogError, type Gap, type LogPage, type ReadOptions, type StoredMessage } from './message-log.ts';
import { positionLifetimeOf, type Retention } from './retention.ts';
import { RunDecoder } from './run-decoder.ts';

const MAX_LIMIT = 500;
/** Entries looked at from the end: to rebuild a position that is missing, and for what came before one. Enough for a few foreign ones. */
const REBUILD_COUNT = 16;
/** Reads that find nothing but foreign entries, one after the other, before a room counts as unreadable. */
const MAX_FRUITLESS_READS = 64;
const MAX_UNDECIDED_ENTRIES = 2000;
const MAX_FORK_CANDIDATES = 64;
const FORK_BATCH = 8;
/** Bytes of payload that one page should not pass by much; adapts the number of entries asked for. */
const PAGE_BYTES = 2 * 1024 * 1024;
const FIRST_ESTIMATE_BYTES = 4 * 1024;

const START: CursorParts = { id: ZERO_ID, messageId: '' };

interface Stretch {
  /** Entries of the room's chain, oldest first. */
  readonly entries: readonly Entry[];
  /** Each of them names the one before. */
  readonly isLinked: boolean;
  /** Null when neither a position nor an entry to rebuild it from is left. */
  readonly position: Cursor | null;
}

export interface LogReaderOptions {
  readonly source: LogSource;
  readonly retentionOf: (room: string) => Retention;
  readonly observe: EngineObserver;
}

export class LogReader {
  readonly #source: LogSource;
  readonly #retentionOf: (room: string) => Retention;
  readonly #observe: EngineObserver;
  /** Bytes of an entry, estimated high: rises at once, falls slowly. */
  #entryBytes = FIRST_ESTIMATE_BYTES;

  constructor({ source, retentionOf, observe }: LogReaderOptions) {
    this.#source = source;
    this.#retentionOf = retentionOf;
    this.#observe = observe;
  }

  async readAfter(room: RoomId, cursor: CursorParts, { limit, recent = [] }: ReadOptions): Promise<LogPage> {
    const { entries, isLinked, position } = await this.#readStretch(room, cursor, limit);
    const meeting = meet(cursor, entries[0] ?? null, position);
    const gap = await this.#gapOf(room, cursor, meeting, position, recent);
    // After a fork or a loss reading goes on elsewhere: the next call reads from there.
    const isHere = meeting.kind === 'continuous' || meeting.kind === 'hole';
    const page = !isHere ? [] : isLinked ? entries : untilHole(entries);
    const newest = position ?? ZERO_CURSOR;
    const last = page.at(-1);
    const reached = last === undefined ? gap?.next : cursorOf(last);
    const hasMore = reached === undefined ? !isSame(cursor, newest) : reached !== newest;
    return { gap, entries: page, position: newest, hasMore };
  }

  async startCursor(room: RoomId, last: number | 'all'): Promise<Cursor> {
    const { entries, position } = await this.#readStretch(room, START, 1);
    const oldest = entries[0];
    if (oldest === undefined || last === 0) return position ?? ZERO_CURSOR;
    if (last === 'all' || position === null) return oldest.previous;
    const wanted = countOf(idOf(position)) - last + 1;
    return wanted <= countOf(oldest.id) ? oldest.previous : this.#findCount(room, oldest, position, wanted);
  }

  async positions(rooms: readonly RoomId[]): Promise<readonly (Cursor | null)[]> {
    const texts = await this.#source.positions(rooms);
    const kept = texts.map(readPosition);
    const without = rooms.filter((_, i) => texts[i] === null);
    if (without.length > 0) {
      // Most of them have never had a message: asked for together, and not each by a read that would rebuild nothing.
      const haveStreams = await this.#source.haveStreams(without);
      let at = 0;
      for (const [i, text] of texts.entries()) if (text === null && !haveStreams[at++]) kept[i] = ZERO_CURSOR;
    }
    return Promise.all(kept.map(async (cursor, i) => cursor ?? this.#rebuiltPosition(rooms[i]!)));
  }

  /** Null where it cannot be: what somebody has put into one room must not keep the answer about others back. */
  async #rebuiltPosition(room: RoomId): Promise<Cursor | null> {
    try {
      return (await this.#readStretch(room, START, 1)).position ?? ZERO_CURSOR;
    } catch (error) {
      if (error instanceof LogError) return null;
      throw error;
    }
  }

  async cursorsBefore(room: RoomId, cursor: Cursor): Promise<readonly Cursor[]> {
    const { last } = await this.#source.read(room, idOf(cursor), 1, REBUILD_COUNT);
    const cursors: Cursor[] = [];
    let expected = cursor;
    for (const entry of last.map(decodeEntry)) {
      // Newer ones, and what others put there.
      if (entry === null || cursorOf(entry) !== expected) continue;
      expected = entry.previous;
      if (expected !== ZERO_CURSOR) cursors.push(expected);
    }
    return cursors;
  }

  async findStored(room: RoomId, message: StoredMessage): Promise<StreamId | 'conflict' | null> {
    const { kind, event, sender, messageId, data } = message;
    const record = await this.#source.findRecord(room, dedupeField(kind, sender, messageId));
    const [id, hash] = record?.split(' ') ?? [];
    if (!isStreamId(id)) return null;
    return hash === contentHash(kind, event, data) ? id : 'conflict';
  }

  async #gapOf(
    room: RoomId,
    cursor: CursorParts,
    meeting: Meeting,
    position: Cursor | null,
    recent: readonly Cursor[],
  ): Promise<Gap | null> {
    const nowMs = this.#source.now();
    const retention = this.#retentionOf(room);
    const positionLifetimeMs = positionLifetimeOf(retention);
    switch (meeting.kind) {
      case 'continuous':
        return null;
      case 'nothing':
        return replacedGap(cursor, { fork: null, start: ZERO_CURSOR, nowMs, positionLifetimeMs });
      case 'hole': {
        const facts = await this.#source.inspectHole(room, cursor.id);
        return holeGap(cursor, meeting.until, { ...facts, position: position ?? meeting.until, retention, nowMs });
      }
      case 'replaced': {
        const fork = await this.#findFork(room, forkCandidates(cursor, meeting.until, recent));
        const start = fork ?? (await this.startCursor(room, 'all'));
        return replacedGap(cursor, { fork, start, nowMs, positionLifetimeMs });
      }
    }
  }

  /** The newest candidate that the stream holds, or that what follows it (entry or position) still names. */
  async #findFork(room: RoomId, candidates: readonly Cursor[]): Promise<Cursor | null> {
    const bounded = candidates
      .slice(0, MAX_FORK_CANDIDATES)
      .map((cursor) => parseCursor(cursor) as CursorParts)
      .toSorted((a, b) => compareStreamIds(b.id, a.id));
    for (let from = 0; from < bounded.length; from += FORK_BATCH) {
      const batch = bounded.slice(from, from + FORK_BATCH);
      const kept = await this.#source.entriesAt(
        room,
        batch.map(({ id }) => id),
      );
      const standing = await Promise.all(batch.map((parts, i) => this.#standingCursor(room, parts, kept[i] ?? null)));
      const newest = standing.find((cursor) => cursor !== null);
      if (newest !== undefined) return newest;
    }
    return null;
  }

  /** The cursor in full, where it stands; null where it does not. */
  async #standingCursor(room: RoomId, parts: CursorParts, kept: RawEntry | null): Promise<Cursor | null> {
    const entry = decodeEntry(kept);
    if (entry !== null) return isSame(parts, cursorOf(entry)) ? cursorOf(entry) : null;
    const { entries, position } = await this.#readStretch(room, parts, 1);
    const named = entries[0]?.previous ?? position ?? ZERO_CURSOR;
    return isSame(parts, named) ? named : null;
  }

  /**
   * Reads on until there is an entry of the room's chain or the end of the stream: a run of foreign
   * entries may fill whole reads.
   */
  async #readStretch(room: RoomId, after: CursorParts, limit: number): Promise<Stretch> {
    const most = Math.max(1, Math.min(MAX_LIMIT, Math.floor(PAGE_BYTES / this.#entryBytes)));
    const wanted = Math.min(Math.max(1, limit), most);
    const decoded: Entry[] = [];
    const decoder = new RunDecoder();
    let [from, lastCount, seen]: [string, number, number] = [after.id, 0, 0];
    for (let attempt = 0; attempt < MAX_FRUITLESS_READS; attempt++) {
      // Past what is none of ours in large strides, however few are wanted.
      const asked = seen === 0 ? wanted : most;
      // One more: the last entry vouches for those before it, and comes again with the next page.
      const page = await this.#source.read(room, from, asked + 1, lastCount);
      const position = readPosition(page.position) ?? newestOf(page.last);
      const isEmpty = page.after.length === 0 && from === ZERO_ID;
      if (position === null && lastCount === 0 && !isEmpty) {
        lastCount = REBUILD_COUNT;
        continue;
      }
      this.#decode(page.after, decoder, decoded);
      seen += page.after.length;
      const isLast = page.after.length <= asked && !page.isCut;
      const isEnd = isLast || isBeyond(page.after.at(-1), position);
      const chained = onChain(decoded, after, isEnd ? position : null, decoder.isLinked);
      const entries = isEnd ? chained : chained.slice(0, -1);
      if (isEnd || entries.length > 0) {
        if (seen > chained.length) this.#observe({ name: 'foreign-entries', room, count: seen - chained.length });
        const isLinked = decoder.isLinked && chained.length === decoded.length;
        return { entries: entries.slice(0, wanted), isLinked, position: position ?? newestCursor(chained) };
      }
      from = page.after.at(-1)?.id ?? from;
      if (decoded.length > MAX_UNDECIDED_ENTRIES) break;
    }
    throw new LogError('unavailable', 'the stream of the room holds too many entries that are not ours');
  }

  #decode(raw: readonly RawEntry[], decoder: RunDecoder, entries: Entry[]): void {
    let [count, total] = [0, 0];
    for (const one of raw) {
      const entry = decoder.decode(one);
      if (entry === null) continue;
      entries.push(entry);
      count += 1;
      total += entry.data.length;
    }
    if (count === 0) return;
    const bytes = total / count;
    this.#entryBytes = Math.max(bytes, this.#entryBytes * 0.9 + bytes * 0.1, 1);
  }

  /**
   * The predecessor of the oldest kept entry whose count is at least `wanted`. A count says nothing
   * of the time in an ID, so this halves the time between the oldest entry and the position.
   */
  async #findCount(room: RoomId, oldest: Entry, position: Cursor, wanted: number): Promise<Cursor> {
    let low = timeOf(oldest.id);
    let high = timeOf(idOf(position));
    let found = position;
    while (low <= high) {
      const middle = low + Math.floor((high - low) / 2);
      const entry = (await this.#readStretch(room, { id: formatStreamId(middle, wanted - 1), messageId: null }, 1))
        .entries[0];
      if (entry !== undefined && countOf(entry.id) === wanted) return entry.previous;
      if (entry !== undefined && countOf(entry.id) < wanted) {
        low = Math.max(timeOf(entry.id), middle + 1);
      } else {
        high = middle - 1;
        found = entry?.previous ?? found;
      }
    }
    return found;
  }
}

const idOf = (cursor: Cursor): StreamId => cursor.slice(0, cursor.indexOf('~')) as StreamId;

/** A whole cursor, or null for what is no position of ours. */
function readPosition(text: string | null): Cursor | null {
  const parts = parseCursor(text);
  return parts === null || parts.messageId === null ? null : formatCursor(parts.id, parts.messageId);
}

/** The position as it is rebuilt when its key is missing: from the last entry that is ours. */
function newestOf(last: readonly RawEntry[]): Cursor | null {
  const newest = last.map(decodeEntry).find((entry) => entry !== null) ?? null;
  return newest === null ? null : cursorOf(newest);
}

const newestCursor = (entries: readonly Entry[]): Cursor | null => {
  const newest = entries.at(-1);
  return newest === undefined ? null : cursorOf(newest);
};

/** Nothing after the position is ours; IDs that are none of ours are compared as far as a number goes. */
function isBeyond(raw: RawEntry | undefined, position: Cursor | null): boolean {
  return raw !== undefined && position !== null && compareStreamIds(raw.id as StreamId, idOf(position)) > 0;
}
