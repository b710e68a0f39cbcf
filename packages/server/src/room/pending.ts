/**
 * Hop 7/8: announcements that arrived while a room was opening or reading. Bounded in count and bytes; beyond that
 * they are forgotten and the room reads again, because what was announced is stored.
 */
import type { Entry } from '../log/entry.ts';

const MAX_ENTRIES = 512;
const MAX_BYTES = 1_048_576;

export class PendingAnnouncements {
  #entries: Entry[] = [];
  #bytes = 0;
  #hasOverflowed = false;

  add(entries: readonly Entry[]): void {
    if (this.#hasOverflowed) return;
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#bytes += entry.data.length;
    }
    if (this.#entries.length <= MAX_ENTRIES && this.#bytes <= MAX_BYTES) return;
    this.#entries = [];
    this.#hasOverflowed = true;
  }

  /** Empties the buffer; null when it had overflowed. */
  takeAll(): readonly Entry[] | null {
    const entries = this.#hasOverflowed ? null : this.#entries;
    this.#entries = [];
    this.#bytes = 0;
    this.#hasOverflowed = false;
    return entries;
  }
}
