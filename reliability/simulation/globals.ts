/**
 * The globals by which the SDK knows time and chance, in the hands of the simulation. For a thread of its own:
 * they are never given back.
 */
import type { SeededRandom } from '@holdline/testkit';
import type { Timer, VirtualTime } from './virtual-time.ts';

/** Wall time at the start of every schedule. */
export const EPOCH_MS = 1_800_000_000_000;

export interface Chance {
  random(): number;
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
  performance.now = () => time.nowMs;
  Date.now = () => EPOCH_MS + time.nowMs;
  Math.random = () => chance.random();
  // Unlike one another, and the same in each run of a schedule; nothing depends on more.
  crypto.getRandomValues = (bytes) => {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('only bytes are made here');
    let state = (chance.ids += 1) * 0x9e3779b1;
    for (let i = 0; i < bytes.length; i += 1) {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + i;
      bytes[i] = state >>> 24;
    }
    return bytes;
  };
  (globalThis as { holdlineId?: () => string }).holdlineId = () => `id${(chance.ids += 1)}`;
  return { realNow };
}

export const chanceOf = (source: SeededRandom): Chance => ({ random: () => source.random(), ids: 0 });
