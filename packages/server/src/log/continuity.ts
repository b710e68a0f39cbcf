/**
 * Hop 5/8: the one rule of reading (G4.1), pure: reading goes on without a gap if and only if the first entry
 * after the cursor names the cursor as its predecessor, or nothing follows and the kept position is the cursor. In
 * every other case this file names the gap. docs/ARCHITECTURE.md has the table.
 */
import {
  compareStreamIds,
  countOf,
  formatCursor,
  parseCursor,
  timeOf,
  ZERO_CURSOR,
  ZERO_ID,
  type Cursor,
  type CursorParts,
  type StreamId,
} from '@holdline/protocol';
import { cursorOf, type Entry } from './entry.ts';
import type { Gap } from './message-log.ts';
import type { Retention } from './retention.ts';

/** What the place after the cursor looks like. */
export type Meeting =
  | { readonly kind: 'continuous' }
  /** No entry and no position is left. */
  | { readonly kind: 'nothing' }
  /** `until` was the newest entry before what follows, and at least it is missing. */
  | { readonly kind: 'hole'; readonly until: Cursor }
  /** The stream holds another history; `until` is its cursor at this place. */
  | { readonly kind: 'replaced'; readonly until: Cursor };

export interface HoleFacts {
  readonly position: Cursor;
  /** An entry at or before the cursor is still kept, so trimming has not come this far. */
  readonly isStartKept: boolean;
  /** The highest ID that was ever removed by hand; null where Redis does not tell. */
  readonly highestDeleted: string | null;
  readonly retention: Retention;
  readonly nowMs: number;
}

export interface ReplacedFacts {
  /** The newest of the reader's own cursors that the stream still continues. */
  readonly fork: Cursor | null;
  /** The predecessor of the oldest kept entry, or the position where none is kept. */
  readonly start: Cursor;
  readonly nowMs: number;
  readonly positionLifetimeMs: number;
}

const idOf = (cursor: Cursor): StreamId => cursor.slice(0, cursor.indexOf('~')) as StreamId;

/** True when the two name the same entry; a bare stream ID is judged by ID alone. */
export const isSame = (cursor: CursorParts, other: Cursor): boolean =>
  cursor.messageId === null ? idOf(other) === cursor.id : formatCursor(cursor.id, cursor.messageId) === other;

/**
 * Judges what lies after the cursor.
 *
 * @param next - the first entry after it; null when nothing follows
 * @param position - null when the room has none, not even one to be rebuilt from entries
 */
export function meet(cursor: CursorParts, next: Entry | null, position: Cursor | null): Meeting {
  const until = next?.previous ?? position ?? ZERO_CURSOR;
  if (isSame(cursor, until)) return { kind: 'continuous' };
  if (next === null && position === null) return { kind: 'nothing' };
  const untilId = idOf(until);
  // A later ID with no higher count cannot belong to the history in which the cursor was handed out.
  const isAhead = compareStreamIds(untilId, cursor.id) > 0 && countOf(untilId) > countOf(cursor.id);
  return { kind: isAhead ? 'hole' : 'replaced', until };
}

export function holeGap(cursor: CursorParts, until: Cursor, facts: HoleFacts): Gap {
  const to = idOf(until);
  const missed = countOf(to) - countOf(cursor.id);
  return { from: cursor.id, to, missed, reason: reasonOfHole(to, facts), next: until };
}

function reasonOfHole(to: StreamId, facts: HoleFacts): Gap['reason'] {
  const { position, isStartKept, highestDeleted, retention, nowMs } = facts;
  const isOld = retention.ageMs !== null && nowMs - timeOf(to) > retention.ageMs;
  // Nothing reaches into the middle of a stream but a deletion, and the last entry missing here is a deleted one.
  if (isStartKept || highestDeleted === to) return 'deleted';
  // Trimming by count always leaves `count` entries after what it removes; fewer came after this hole.
  const isBeyondTrimming = countOf(idOf(position)) - countOf(to) < retention.count;
  const isCovered = highestDeleted !== null && compareStreamIds(highestDeleted as StreamId, to) > 0;
  if (isCovered && isBeyondTrimming && !isOld) return 'deleted';
  return isOld ? 'expired' : 'trimmed';
}

export function replacedGap(cursor: CursorParts, facts: ReplacedFacts): Gap {
  const { fork, start } = facts;
  if (fork === null) {
    const isForgotten = facts.nowMs - timeOf(cursor.id) > facts.positionLifetimeMs;
    return { from: cursor.id, to: null, missed: null, reason: isForgotten ? 'expired' : 'lost', next: start };
  }
  const from = idOf(fork);
  return { from, to: cursor.id, missed: countOf(cursor.id) - countOf(from), reason: 'rewritten', next: fork };
}

/** The entries up to the first hole between two neighbours. */
export function untilHole(entries: readonly Entry[]): readonly Entry[] {
  const broken = entries.findIndex((entry, i) => i > 0 && entry.previous !== cursorOf(entries[i - 1] as Entry));
  return broken < 0 ? entries : entries.slice(0, broken);
}

/**
 * Which of a reader's cursors can be the fork of a rewritten history: older than both what it holds
 * and what the stream names at that place. This makes every rewrite lead back, never round in a circle. The
 * beginning of a room is no fork: every history has it in common with every other.
 */
export function forkCandidates(cursor: CursorParts, until: Cursor, recent: readonly Cursor[]): readonly Cursor[] {
  return recent.filter((candidate) => {
    const parts = parseCursor(candidate);
    return (
      parts !== null &&
      parts.id !== ZERO_ID &&
      compareStreamIds(parts.id, cursor.id) < 0 &&
      (compareStreamIds(parts.id, idOf(until)) <= 0 || compareStreamIds(idOf(until), cursor.id) >= 0)
    );
  });
}
