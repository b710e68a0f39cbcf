/**
 * Hop 8/8: what a message means for the place of this client in a room. Pure. A message is the next
 * one, an old one, or comes after a hole; the count in its stream ID tells which. Serves G1.3, G3.2, G4.7.
 */
import { compareStreamIds, countOf, type Cursor, type GapFrame } from '@holdline/protocol';
import type { Message } from '../api.ts';
import { REMEMBERED } from '../bounds.ts';

/** Where there was a message, also whose: message IDs belong to their sender. A thousand are kept, so they hold no text that the message has not. */
type Place = Pick<Message, 'cursor'> & Partial<Pick<Message, 'messageId' | 'sender'>>;

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
  take({ cursor, messageId, sender }: Message): 'next' | 'repeat' | 'old' | 'hole' {
    const head = this.head as Cursor;
    if (compareStreamIds(cursor, head) <= 0) return 'old';
    if (countOf(cursor) - countOf(head) !== 1) return 'hole';
    const isRepeat =
      this.#isRewritten && this.#places.some((place) => place.sender === sender && place.messageId === messageId);
    this.move({ cursor, messageId, sender });
    return isRepeat ? 'repeat' : 'next';
  }

  gap(frame: GapFrame): void {
    // Rewritten or lost.
    this.#isRewritten ||= /wri|los/.test(frame.reason);
    this.move({ cursor: frame.next });
  }

  move(place: Place): void {
    this.#places.push(place);
    if (this.#places.length > REMEMBERED + 1) this.#places.shift();
  }
}
