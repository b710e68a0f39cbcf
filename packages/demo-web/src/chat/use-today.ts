/** The beginning of the reader's day, in ms: `Today` becomes `Yesterday` without a reload. */
import { useSyncExternalStore } from 'react';

const LOOK_EVERY_MS = 30_000;

function everyLook(onLook: () => void): () => void {
  const timer = setInterval(onLook, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

export const useToday = (): number => useSyncExternalStore(everyLook, () => new Date().setHours(0, 0, 0, 0));
