/** beside Hop 7/8 – small questions about cursors that several files of the room ask. */
import type { Cursor, StreamId } from '@holdline/protocol';

/** The stream ID in a cursor, or in a bare stream ID. */
export function idOf(cursor: Cursor): StreamId {
  const tilde = cursor.indexOf('~');
  return (tilde < 0 ? cursor : cursor.slice(0, tilde)) as StreamId;
}

/** A bare stream ID says less than a cursor: whoever sends it need not have seen the message there. */
export const isBare = (cursor: Cursor): boolean => !cursor.includes('~');

/** Whether `cursor`, which may be a bare stream ID, names the entry that `whole` names. */
export const standsAt = (cursor: Cursor, whole: Cursor): boolean =>
  cursor === whole || (isBare(cursor) && cursor === (idOf(whole) as string));
