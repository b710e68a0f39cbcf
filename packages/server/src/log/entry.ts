/** beside Hop 5/8 – an entry: a message as it stands in a room's stream. Shared by log, feed and room. */
import { formatCursor, type Cursor, type MessageId, type StreamId, type UserId } from '@holdline/protocol';

/**
 * - `json`: `data` is the JSON text of the payload.
 * - `binary`: `data` is a JSON string holding base64.
 * - `control`: written by a server to say that history was rewritten; `data` is JSON `{ fork, head }`,
 *   two cursors. Never delivered as a message.
 */
export type EntryKind = 'json' | 'binary' | 'control';

export interface Entry {
  readonly id: StreamId;
  readonly messageId: MessageId;
  /** The entry just before this one when it was stored, as a cursor; `0-0~` for the first of a room. */
  readonly previous: Cursor;
  readonly kind: EntryKind;
  readonly event: string;
  readonly sender: UserId | null;
  /** UTF-8 bytes of JSON text; passed on untouched. */
  readonly data: Buffer;
}

export const cursorOf = (entry: Pick<Entry, 'id' | 'messageId'>): Cursor => formatCursor(entry.id, entry.messageId);
