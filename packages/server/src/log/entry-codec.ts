/**
 * Hop 5/8: how an entry stands in its stream: field `h`, one line of names, and field `d`, the payload. The same
 * text travels in announcements. `1 <kind> <messageId> <previous cursor> <event> <sender>`; sender is the rest of
 * the line, `+name` or `-`. Decoding is total: what we did not write is null.
 */
import {
  compareStreamIds,
  countOf,
  isStreamId,
  isUserId,
  parseCursor,
  type Cursor,
  type MessageId,
  type StreamId,
  type UserId,
} from '@holdline/protocol';
import type { Entry, EntryKind } from './entry.ts';

/** The version of the entry format; it also begins every announcement. */
export const FORMAT_VERSION = '1';

const LETTERS = { json: 'j', binary: 'b', control: 'c' } as const satisfies Record<EntryKind, string>;
export const KINDS: Readonly<Record<string, EntryKind>> = { j: 'json', b: 'binary', c: 'control' };
const HEADER = /^1 ([jbc]) ([A-Za-z0-9_-]{1,64}) (\S{3,100}) ([A-Za-z0-9_.:-]{1,64}) (-|\+.+)$/;

/** An entry as it was read from the stream. A field that is not there is null. */
export interface RawEntry {
  readonly id: string;
  readonly header: string | null;
  readonly data: Buffer | null;
}

export interface HeaderNames {
  readonly messageId: MessageId;
  readonly kind: EntryKind;
  readonly event: string;
  readonly sender: UserId | null;
}

/** The header but for the predecessor, which only the append itself knows: it goes between the two halves. */
export function headerHalves({ messageId, kind, event, sender }: HeaderNames): readonly [string, string] {
  return [`${FORMAT_VERSION} ${LETTERS[kind]} ${messageId} `, ` ${event} ${encodeSender(sender)}`];
}

export const encodeSender = (sender: UserId | null): string => (sender === null ? '-' : `+${sender}`);

/** The sender, or undefined when the text is none. */
export function decodeSender(text: string): UserId | null | undefined {
  if (text === '-') return null;
  const name = text.slice(1);
  return text.startsWith('+') && isUserId(name) ? name : undefined;
}

export function decodeEntry(raw: RawEntry | null): Entry | null {
  if (raw === null || raw.header === null || raw.data === null || !isStreamId(raw.id)) return null;
  const match = HEADER.exec(raw.header);
  if (match === null) return null;
  const [, letter = '', messageId = '', previous = '', event = '', senderText = ''] = match;
  const sender = decodeSender(senderText);
  const parts = parseCursor(previous);
  const kind = KINDS[letter];
  if (sender === undefined || kind === undefined || parts === null || parts.messageId === null) return null;
  // Every entry of ours counts one more than the one that it names; what is added by hand hardly ever does.
  if (countOf(raw.id) !== countOf(parts.id) + 1 || compareStreamIds(parts.id, raw.id) >= 0) return null;
  return {
    id: raw.id,
    messageId: messageId as MessageId,
    previous: previous as Cursor,
    kind,
    event,
    sender,
    data: raw.data,
  };
}

/**
 * The fields of an entry that `decodeEntry` would take, without looking whether it would: for what the append script is
 * known to have written. Null only where there are not enough fields.
 */
export function splitEntry(id: string, header: string, data: Buffer): Entry | null {
  // `1 j messageId previous event sender`
  const kind = KINDS[header[2] ?? ''];
  const messageIdEnd = header.indexOf(' ', 4);
  const previousEnd = header.indexOf(' ', messageIdEnd + 1);
  const eventEnd = header.indexOf(' ', previousEnd + 1);
  if (kind === undefined || messageIdEnd < 0 || previousEnd < 0 || eventEnd < 0) return null;
  return {
    id: id as StreamId,
    messageId: header.slice(4, messageIdEnd) as MessageId,
    previous: header.slice(messageIdEnd + 1, previousEnd) as Cursor,
    kind,
    event: header.slice(previousEnd + 1, eventEnd),
    sender: header[eventEnd + 1] === '-' ? null : (header.slice(eventEnd + 2) as UserId),
    data,
  };
}
