/** Full jitter: a random time between nothing and a ceiling that doubles with each failure. */

/** How long to wait before the attempt that follows `failures` (from 1) failures in a row. */
export const backoffMs = (failures: number, minMs: number, maxMs: number): number =>
  Math.round(Math.random() * Math.min(maxMs, minMs * 2 ** (failures - 1)));
