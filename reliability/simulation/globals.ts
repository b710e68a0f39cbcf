/**
 * The globals by which the SDK knows time and chance, in the hands of the simulation. For a thread of its own:
 * they are never given back.
 */
import type { SeededRandom } from '@holdline/testkit';
import type { Timer, VirtualTime } from './virtual-time.ts';

/** Wall time at the start of every schedule. */
export const EPOCH_MS = 1_800_000_000_000;

export interface Chance {
  /** Of the schedule that runs. */
  source: SeededRandom;
  /** Counts the IDs that were made; each schedule begins anew. */
  ids: number;
}

/** Real time, for measuring; everything else in this thread is virtual from now on. */
export function takeOverGlobals(time: VirtualTime, chance: Chance): { readonly realNow: () => number } {
  const realNow = performance.now.bind(performance);
  const set = (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): Timer =>
    time.set(args.length === 0 ? run : () => run(...args), Math.max(1, delayMs));
  const clear = (timer: unknown): void => time.clear(timer as Timer | undefined);
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  // The SDK asks only how long a text is in UTF-8, and twice for each frame: without making the bytes.
  globalThis.TextEncoder = class extends TextEncoder {
    override encode(text = ''): ReturnType<TextEncoder['encode']> {
      return { length: Buffer.byteLength(text) } as ReturnType<TextEncoder['encode']>;
    }
  };
  performance.now = () => time.nowMs;
  Date.now = () => EPOCH_MS + time.nowMs;
  Math.random = () => chance.source.random();
  // The SDK makes its IDs of random bytes: a count does as well, and a trace reads better for it.
  crypto.getRandomValues = (array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let [at, left] = [bytes.length - 1, (chance.ids += 1)]; at >= 0; at -= 1, left = Math.floor(left / 256)) {
      bytes[at] = left % 256;
    }
    return array;
  };
  (globalThis as { holdlineId?: () => string }).holdlineId = () => `id${(chance.ids += 1)}`;
  return { realNow };
}
