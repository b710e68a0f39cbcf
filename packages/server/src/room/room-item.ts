/**
 * Hop 7/8: an entry, made ready for delivery once for all members. The frame is built around the stored bytes of
 * the payload, which are never parsed and printed again (G1.3: the frame is the same live and in catch-up). What
 * is no message of ours becomes an item with nothing to deliver (G6.2).
 */
import {
  isCursor,
  isEventName,
  isMessageId,
  isUserId,
  type Cursor,
  type RoomId,
  type StreamId,
} from '@holdline/protocol';
import { cursorOf, type Entry } from '../log/entry.ts';
import { TextFrame } from './text-frame.ts';

/** What a control entry says: entries after `fork`, up to `head`, were confirmed once and are gone. */
export interface Rewrite {
  readonly fork: Cursor;
  readonly head: Cursor;
}

export interface RoomItem {
  readonly id: StreamId;
  readonly cursor: Cursor;
  readonly previous: Cursor;
  /** The encoded message frame; null where there is no message to deliver. */
  readonly frame: TextFrame | null;
  readonly rewrite: Rewrite | null;
}

/**
 * `isSealed` is true for entries that came with a sealed announcement: the append script vouches for their
 * names and that their payload is JSON. What was read from the log may have been written there by hand.
 */
export function toItem(room: RoomId, entry: Entry, isSealed: boolean): RoomItem {
  const { id, previous } = entry;
  const cursor = cursorOf(entry);
  if (entry.kind === 'control') return { id, cursor, previous, frame: null, rewrite: rewriteIn(entry.data) };
  const isSound = isSealed || (isDeliverable(entry) && isJson(entry.data.toString('latin1')));
  return { id, cursor, previous, frame: isSound ? messageFrame(room, entry) : null, rewrite: null };
}

/** True for an item that is neither a message nor a readable control entry. */
export const isUndeliverable = (item: RoomItem): boolean => item.frame === null && item.rewrite === null;

function messageFrame(room: RoomId, entry: Entry): TextFrame {
  const field = entry.kind === 'binary' ? 'base64' : 'data';
  // Rooms, events and IDs match patterns without characters that JSON escapes.
  const head =
    `{"type":"message","room":"${room}","id":"${entry.id}","event":"${entry.event}",` +
    `"messageId":"${entry.messageId}","sender":${entry.sender === null ? 'null' : JSON.stringify(entry.sender)},"${field}":`;
  return TextFrame.around(head, entry.data, '}');
}

/** Whether all names in it may go into a frame. */
export const isDeliverable = (entry: Entry): boolean =>
  isMessageId(entry.messageId) &&
  isEventName(entry.event) &&
  (entry.sender === null || isUserId(entry.sender)) &&
  entry.data.length > 0;

/** Of a text, or of its bytes as characters: outside of strings JSON is ASCII. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString()) as unknown;
  } catch {
    return undefined;
  }
}

function rewriteIn(data: Buffer): Rewrite | null {
  const value = parseJson(data) as Partial<Rewrite> | null | undefined;
  return isCursor(value?.fork) && isCursor(value.head) ? { fork: value.fork, head: value.head } : null;
}
