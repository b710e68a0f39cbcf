/**
 * Hop 8/8: the place of a saved cursor, so that a page goes on after a reload where it was. A port with
 * one contract suite; opt-in per room and outside the core bundle.
 */
import { isCursor } from '@holdline/protocol';

/** Keeps one short text per name; at once, as `localStorage` does. */
export interface CursorStore {
  get(name: string): string | null;
  /** May throw, as `localStorage` does when it is full: the page then goes on from an older place after a reload. */
  set(name: string, cursor: string): void;
}

/**
 * What a room needs of a saved cursor; `savedCursor` builds one. What it throws or rejects with is reported by the client's `error`
 * event, and delivery goes on: without a loaded cursor from where `since` says.
 */
export interface CursorKeeper {
  /** The cursor that was saved for this room, or null. Asked once, when the handle is made. */
  load(room: string): string | null;
  /** A message or gap was handed to the handlers; `handled` settles, never rejecting, when the last of them has finished. */
  delivered(room: string, cursor: string, handled: Promise<unknown>): void;
}

/** Cursors in `localStorage`, shared by the tabs of an origin. `prefix` keeps users of one browser apart: put their name in. */
export const localStorageCursors = (prefix = 'holdline'): CursorStore => ({
  get: (name) => localStorage.getItem(`${prefix}/cursor/${name}`),
  set: (name, cursor) => localStorage.setItem(`${prefix}/cursor/${name}`, cursor),
});

/** Cursors that live as long as this object, for tests and for rooms that come and go within a page. */
export function memoryCursors(): CursorStore {
  const cursors = new Map<string, string>();
  return { get: (name) => cursors.get(name) ?? null, set: (name, cursor) => void cursors.set(name, cursor) };
}

/** Deliveries whose handlers are not done, per room; beyond this they are counted together. */
const MAX_UNSETTLED = 1_000;

interface Delivery {
  cursor: string;
  unsettled: number;
}

/**
 * For the option `persist` of a room: saves the cursor when the promises of the handlers have settled, in order.
 * After a crash the messages whose handlers were not done come again; none is left out.
 *
 * @param store @defaultValue `localStorageCursors()`
 */
export function savedCursor(store: CursorStore = localStorageCursors()): CursorKeeper {
  const rooms = new Map<string, Delivery[]>();

  function attempt<T>(run: () => T): T | null {
    try {
      return run();
    } catch {
      // A browser that refuses costs a repetition after a reload, which the application was told to expect.
      return null;
    }
  }

  function settle(room: string, delivery: Delivery, deliveries: Delivery[]): void {
    delivery.unsettled -= 1;
    let cursor: string | undefined;
    while (deliveries[0]?.unsettled === 0) cursor = deliveries.shift()?.cursor;
    if (cursor !== undefined) attempt(() => store.set(room, cursor));
  }

  return {
    load(room) {
      const saved = attempt(() => store.get(room));
      return isCursor(saved) ? saved : null;
    },
    delivered(room, cursor, handled) {
      const deliveries = rooms.get(room) ?? [];
      rooms.set(room, deliveries);
      const last = deliveries.at(-1);
      const isFull = deliveries.length >= MAX_UNSETTLED && last !== undefined;
      const delivery = isFull ? last : { cursor, unsettled: 0 };
      if (!isFull) deliveries.push(delivery);
      delivery.cursor = cursor;
      delivery.unsettled += 1;
      void handled.then(() => settle(room, delivery, deliveries));
    },
  };
}
