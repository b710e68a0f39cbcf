/**
 * Hop 7/8: the steps from one place in the window to its end, kept for the next member that stands there: whoever
 * was cut off together returns from the same place, and gets the same frames. They hold while the room stands still,
 * a few places at a time, and only for as long as the garbage collector leaves them: nothing depends on them.
 */
import type { Cursor } from '@holdline/protocol';
import type { RoomWindow } from './room-window.ts';
import { toSteps, type Step } from './steps.ts';

const MAX_PLACES = 8;

export class SharedSteps {
  #end: Cursor | null = null;
  readonly #places = new Map<Cursor, WeakRef<readonly Step[]>>();

  /**
   * Null where the window does not reach back to `sent`.
   *
   * @param end - the position of the room, where the window ends
   */
  between(sent: Cursor, end: Cursor, window: RoomWindow): readonly Step[] | null {
    if (end !== this.#end) {
      this.#places.clear();
      this.#end = end;
    }
    const known = this.#places.get(sent)?.deref();
    if (known !== undefined) return known;
    const items = window.after(sent);
    if (items === null) return null;
    const steps = toSteps(items);
    this.#keep(sent, steps);
    return steps;
  }

  #keep(sent: Cursor, steps: readonly Step[]): void {
    const [oldest] = this.#places.keys();
    if (oldest !== undefined && this.#places.size >= MAX_PLACES) this.#places.delete(oldest);
    this.#places.set(sent, new WeakRef(steps));
  }
}
