/**
 * A cursor says where a reader stands in a room: the stream ID of the last entry it has seen and the
 * message ID seen there. Both parts must agree with the stream, because after a rollback Redis can
 * hand out the same stream ID again for another message.
 */
import { isMessageId, type MessageId } from './ids.ts';
import { isStreamId, ZERO_ID, type StreamId } from './stream-id.ts';

declare const brand: unique symbol;
/** `<streamId>~<messageId>`; applications treat it as opaque. */
export type Cursor = string & { readonly [brand]: 'Cursor' };

export interface CursorParts {
  readonly id: StreamId;
  /** Empty at the zero cursor; null when only a bare stream ID was given, which is judged by ID alone. */
  readonly messageId: MessageId | '' | null;
}

/** The cursor before the first message of a room. Spelled out: a bundler keeps a template even where nobody uses it. */
export const ZERO_CURSOR = '0-0~' as Cursor;

export const formatCursor = (id: StreamId, messageId: MessageId | ''): Cursor => `${id}~${messageId}` as Cursor;

/** Reads a cursor or a bare stream ID; null when the text is neither. */
export function parseCursor(text: unknown): CursorParts | null {
  if (typeof text !== 'string') return null;
  const tilde = text.indexOf('~');
  if (tilde < 0) return isStreamId(text) ? { id: text, messageId: null } : null;
  const id = text.slice(0, tilde);
  const messageId = text.slice(tilde + 1);
  if (!isStreamId(id)) return null;
  if (messageId === '') return id === ZERO_ID ? { id, messageId } : null;
  return isMessageId(messageId) ? { id, messageId } : null;
}

export const isCursor = (value: unknown): value is Cursor => parseCursor(value) !== null;
