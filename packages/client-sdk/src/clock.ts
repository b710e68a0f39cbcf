/**
 * Time and chance as a port, so that tests own both. Waiting and ages go by the monotonic clock; the
 * wall clock of a device may be wrong or jump, and only dates what is tidied up later.
 */
export interface Clock {
  /** Ms since 1970. */
  now(): number;
  /** Ms since some moment, never going back. */
  monotonic(): number;
  /** In [0, 1). */
  random(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Longer waits overflow the timers of browsers and fire at once. */
const MAX_DELAY_MS = 0x7fff_ffff;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS)),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
