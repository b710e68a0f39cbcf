/**
 * Hop 5/8: decodes the entries of one stream in their order. What directly follows the entry before, as nearly all do,
 * costs a fraction of `decodeEntry`, and is judged alike: its predecessor is known to be sound, and so are an event and a
 * sender that were met before.
 */
import { countOf, isEventName, isMessageId, isStreamId, timeOf, type Cursor, type UserId } from '@holdline/protocol';
import { decodeEntry, decodeSender, KINDS, type RawEntry } from './entry-codec.ts';
import { cursorOf, type Entry } from './entry.ts';

interface Tail {
  readonly event: string;
  readonly sender: UserId | null;
}

interface Place {
  readonly cursor: Cursor;
  readonly ms: number;
  readonly count: number;
}

/** For one read: it keeps what it has met. */
export class RunDecoder {
  #last: Place | null = null;
  #isLinked = true;
  readonly #tails = new Map<string, Tail | null>();

  /** Every entry so far names the one before it. */
  get isLinked(): boolean {
    return this.#isLinked;
  }

  /** As `decodeEntry`: null for what is none of ours. */
  decode(raw: RawEntry): Entry | null {
    const following = this.#following(raw);
    if (following !== null) return following;
    const entry = decodeEntry(raw);
    if (entry === null) return null;
    if (this.#last !== null && this.#last.cursor !== entry.previous) this.#isLinked = false;
    this.#last = { cursor: cursorOf(entry), ms: timeOf(entry.id), count: countOf(entry.id) };
    return entry;
  }

  #following({ id, header, data }: RawEntry): Entry | null {
    const last = this.#last;
    if (last === null || header === null || data === null || !isStreamId(id)) return null;
    // `1 j messageId previous event sender`
    const kind = header.startsWith('1 ') && header[3] === ' ' ? KINDS[header[2]!] : undefined;
    const messageIdEnd = header.indexOf(' ', 4);
    const previousEnd = messageIdEnd + 1 + last.cursor.length;
    if (kind === undefined || !header.startsWith(last.cursor, messageIdEnd + 1) || header[previousEnd] !== ' ')
      return null;
    const [ms, count] = [timeOf(id), countOf(id)];
    if (count !== last.count + 1 || ms < last.ms) return null;
    const messageId = header.slice(4, messageIdEnd);
    const tail = this.#tail(header.slice(previousEnd + 1));
    if (tail === null || !isMessageId(messageId)) return null;
    const entry = { id, messageId, previous: last.cursor, kind, event: tail.event, sender: tail.sender, data };
    this.#last = { cursor: cursorOf(entry), ms, count };
    return entry;
  }

  /** `event sender`. */
  #tail(text: string): Tail | null {
    let tail = this.#tails.get(text);
    if (tail === undefined) {
      tail = readTail(text);
      this.#tails.set(text, tail);
    }
    return tail;
  }
}

function readTail(text: string): Tail | null {
  const eventEnd = text.indexOf(' ');
  const event = text.slice(0, eventEnd);
  const sender = decodeSender(text.slice(eventEnd + 1));
  return eventEnd < 0 || !isEventName(event) || sender === undefined ? null : { event, sender };
}
