/**
 * Hop 5/8: the log. The port behind which Redis and the embedded engine keep the streams of rooms.
 *
 * Invariants (docs/GUARANTEES.md G1, G3, G4): IDs only grow and count; every entry names its
 * predecessor; a message ID is stored once within the dedupe window; storing and announcing are one
 * step; a read either continues exactly after the cursor or says what is missing.
 */
import type { Cursor, CursorParts, GapReason, MessageId, RoomId, StreamId, UserId } from '@holdline/protocol';
import type { Entry, EntryKind } from './entry.ts';

export interface AppendMessage {
  readonly messageId: MessageId;
  readonly kind: EntryKind;
  readonly event: string;
  readonly sender: UserId | null;
  /** JSON text. */
  readonly data: string;
  /** Sent before; together with `firstSentAt` it decides between a first copy and `beyond_window`. */
  readonly isRetry: boolean;
  /** Redis time in ms before the first send; null for a message that cannot be a repeat. */
  readonly firstSentAt: number | null;
}

/** What tells one message from another. */
export type StoredMessage = Pick<AppendMessage, 'messageId' | 'kind' | 'event' | 'sender' | 'data'>;

export type AppendOutcome =
  | { readonly status: 'stored'; readonly id: StreamId }
  /** This user stored this message ID with the same content before; `id` is that entry. */
  | { readonly status: 'duplicate'; readonly id: StreamId }
  /** This user stored this message ID with other content before. */
  | { readonly status: 'conflict' }
  /** A retry older than the dedupe window: nobody can tell whether it was stored. */
  | { readonly status: 'beyond-window' };

export interface Gap {
  /** Exclusive. */
  readonly from: StreamId;
  /** Inclusive. */
  readonly to: StreamId | null;
  readonly missed: number | null;
  readonly reason: GapReason;
  /** Where reading goes on. */
  readonly next: Cursor;
}

export interface LogPage {
  /** What is missing between the cursor asked for and `entries`; null when nothing is. */
  readonly gap: Gap | null;
  /**
   * In order and without a hole, after the cursor (after `gap.next` where there is a gap). Fewer than
   * the limit, even none, does not mean the end: `hasMore` does. Go on from the last entry, else from `gap.next`.
   */
  readonly entries: readonly Entry[];
  /** The newest entry of the room when this was read. */
  readonly position: Cursor;
  /** False when `entries` reach `position`. */
  readonly hasMore: boolean;
}

export interface ReadOptions {
  /** Entries at most; 1 to 500. Large entries make a page shorter. */
  readonly limit: number;
  /** Older cursors of the same reader, newest first, in which to look for the fork of a rewritten history. */
  readonly recent?: readonly Cursor[];
}

/** Every method rejects with `LogError` and nothing else. */
export interface MessageLog {
  /**
   * Stores the messages of one room in the order given and announces those that are new, in one
   * atomic step. A rejection is an unknown outcome: retry with the same message IDs.
   */
  append(room: RoomId, messages: readonly AppendMessage[]): Promise<readonly AppendOutcome[]>;
  /** The one way to read: entries after the cursor, or the gap that lies there. */
  readAfter(room: RoomId, cursor: CursorParts, options: ReadOptions): Promise<LogPage>;
  /** The cursor just before the oldest kept entry, or before the last `last` entries. */
  startCursor(room: RoomId, last: number | 'all'): Promise<Cursor>;
  /**
   * The newest entry of each room as a cursor; `0-0~` for a room without history. Null for a room that cannot be read, though
   * the others can. Renews the position's lifetime.
   */
  positions(rooms: readonly RoomId[]): Promise<readonly (Cursor | null)[]>;
  /** Up to 16 cursors that lie just before this one in the room, newest first; none where the stream does not hold it. */
  cursorsBefore(room: RoomId, cursor: Cursor): Promise<readonly Cursor[]>;
  /**
   * Where this message of its sender (never a control entry) is stored, if that was within the dedupe window; `conflict`
   * where other content is. Looked up before a retry is refused for good.
   */
  findStored(room: RoomId, message: StoredMessage): Promise<StreamId | 'conflict' | null>;
}

/**
 * - `unavailable`: no answer; what was asked may or may not have happened.
 * - `store_refused`: Redis answered that it takes no writes; nothing was stored.
 */
export type LogErrorCode = 'unavailable' | 'store_refused';

export class LogError extends Error {
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LogError';
    this.code = code;
  }
}
