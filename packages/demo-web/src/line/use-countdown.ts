/** Whole seconds until a moment, renewed while it lasts; null without one. */
import { useSyncExternalStore } from 'react';

const TICK_MS = 200;

function everyTick(onTick: () => void): () => void {
  const timer = setInterval(onTick, TICK_MS);
  return () => clearInterval(timer);
}
const never = (): (() => void) => () => {};

export const useCountdown = (untilMs: number | null): number | null =>
  useSyncExternalStore(untilMs === null ? never : everyTick, () =>
    untilMs === null ? null : Math.max(0, Math.ceil((untilMs - Date.now()) / 1000)),
  );
