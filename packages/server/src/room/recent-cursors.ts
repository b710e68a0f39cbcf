/**
 * beside Hop 7/8 – a ladder of cursors that a reader has passed, dense near its newest and ever sparser behind,
 * about 1, 2, 5, 14 … entries back. The log looks in it for the fork of a rewritten history (G4.5): whatever was
 * forgotten, the newest cursor that still stands is at most about three times as far back as the fork itself.
 */
import { compareStreamIds, MAX_RECENT_CURSORS, ZERO_CURSOR, type Cursor } from '@holdline/protocol';
import { idOf } from './cursors.ts';

interface Rung {
  readonly cursor: Cursor;
  readonly at: number;
}

/** The ladder is thinned when it has grown to this, and whenever somebody looks at it: not with every entry. */
const THIN_AT = 4 * MAX_RECENT_CURSORS;

export class RecentCursors {
  /** Oldest first. */
  #rungs: Rung[] = [];
  #passed = 0;

  /** The zero cursor is left out: everybody has passed it, so it says nothing about what is left. */
  push(cursor: Cursor): void {
    if (cursor === ZERO_CURSOR) return;
    this.#passed += 1;
    this.#rungs.push({ cursor, at: this.#passed });
    if (this.#rungs.length >= THIN_AT) this.#thin();
  }

  /** Adds what came before the oldest, newest first; where that is not `cursor` any more, nothing. */
  addBefore(cursor: Cursor, older: readonly Cursor[]): void {
    const [oldest] = this.#rungs;
    if (oldest?.cursor !== cursor) return;
    const rungs = older.map((each, i) => ({ cursor: each, at: oldest.at - 1 - i }));
    this.#rungs.unshift(...rungs.reverse());
  }

  /** Newest first, at most MAX_RECENT_CURSORS. */
  list(): readonly Cursor[] {
    this.#thin();
    return this.#rungs.map((rung) => rung.cursor).reverse();
  }

  /** The ladder as it is now. */
  copy(): RecentCursors {
    const copy = new RecentCursors();
    copy.#rungs = [...this.#rungs];
    copy.#passed = this.#passed;
    return copy;
  }

  /** Forgets everything newer than this cursor. */
  truncateTo(cursor: Cursor): void {
    const id = idOf(cursor);
    this.#rungs = this.#rungs.filter((rung) => compareStreamIds(idOf(rung.cursor), id) <= 0);
  }

  clear(): void {
    this.#rungs = [];
  }

  /** A rung goes when its neighbours are not much further apart than the newer of them is from the top. */
  #thin(): void {
    const kept: Rung[] = [];
    const rungs = this.#rungs;
    for (let i = rungs.length - 1; i >= 0; i--) {
      const newer = kept.at(-1);
      const older = rungs[i - 1];
      const isNeeded =
        newer === undefined || older === undefined || newer.at - older.at >= 2 * (this.#passed - newer.at);
      if (isNeeded) kept.push(rungs[i]!);
      if (kept.length === MAX_RECENT_CURSORS) break;
    }
    this.#rungs = kept.reverse();
  }
}
