/**
 * Hop 8/8: what a message means for the place of this client in a room. Pure. A message is the next
 * one, an old one, or comes after a hole; the count in its stream ID tells which. Serves G1.3, G3.2, G4.7.
 */
import {
  compareStreamIds,
  countOf,
  formatCursor,
  type Cursor,
  type GapFrame,
  type MessageFrame,
  type StreamId,
} from '@holdline/protocol';
import { REMEMBERED } from '../bounds.ts';

interface Place {
  readonly cursor: Cursor;
  /** Who and which: message IDs belong to their sender. Empty where there was no message. */
  readonly message: string;
}

export class Trail {
  /** History was replaced once: lost messages may have been stored again, with new stream IDs. */
  #isRewritten = false;
  readonly #places: Place[] = [];

  /** After the last entry that was received; undefined before the first join. */
  get head(): Cursor | undefined {
    return this.#places.at(-1)?.cursor;
  }

  /** Cursors 1, 2, 4 … 512 places back, newest first: the fork is looked for among them if history was replaced. */
  recent(): Cursor[] {
    const recent: Cursor[] = [];
    for (let back = 1; back < this.#places.length; back *= 2) recent.push((this.#places.at(-1 - back) as Place).cursor);
    return recent;
  }

  /** `next` and `repeat` move the head; a repeat was delivered before the history was rewritten. */
  take({ id, messageId, sender }: MessageFrame): 'next' | 'repeat' | 'old' | 'hole' {
    const head = idOf(this.head as Cursor);
    if (compareStreamIds(id, head) <= 0) return 'old';
    if (countOf(id) - countOf(head) !== 1) return 'hole';
    const message = `${messageId} ${sender ?? ''}`;
    const isRepeat = this.#isRewritten && this.#places.some((place) => place.message === message);
    this.move(formatCursor(id, messageId), message);
    return isRepeat ? 'repeat' : 'next';
  }

  gap(frame: GapFrame): void {
    // Rewritten or lost.
    this.#isRewritten ||= /wri|los/.test(frame.reason);
    this.move(frame.next);
  }

  move(cursor: Cursor, message = ''): void {
    this.#places.push({ cursor, message });
    if (this.#places.length > REMEMBERED + 1) this.#places.shift();
  }
}

export const idOf = (cursor: Cursor): StreamId => cursor.split('~')[0] as StreamId;
