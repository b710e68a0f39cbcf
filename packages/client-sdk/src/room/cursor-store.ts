/**
 * Hop 8/8: the place of a saved cursor, so that a page goes on after a reload where it was. A port with
 * one contract suite; opt-in per room and outside the core bundle.
 */

/** Keeps one short text per name; at once, as `localStorage` does. */
export interface CursorStore {
  get(name: string): string | null;
  set(name: string, cursor: string): void;
}

/** What a room needs of a saved cursor; `savedCursor` builds one. */
export interface CursorKeeper {
  /** The cursor that was saved for this room, or null. Asked once, when the handle is made. */
  load(room: string): string | null;
  /** A message or gap was handed to the handlers; `handled` settles when the last of them has finished. */
  delivered(room: string, cursor: string, handled: Promise<unknown>): void;
}
