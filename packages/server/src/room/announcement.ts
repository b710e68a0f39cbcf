/**
 * Hop 7/8: the rule for an announced entry. It may only extend a room or be a copy of what the room has;
 * everything else is a reason to read the log, never by itself a reason to tell of a gap. A late copy after a fill
 * therefore cannot look like a rewritten history.
 */
import type { Cursor } from '@holdline/protocol';
import { cursorOf, type Entry } from '../log/entry.ts';

export type Verdict = 'extend' | 'drop' | 'dirty';

interface Known {
  has(cursor: Cursor): boolean;
}

export function judge(entry: Entry, position: Cursor, window: Known): Verdict {
  if (entry.previous === position) return 'extend';
  return cursorOf(entry) === position || window.has(cursorOf(entry)) ? 'drop' : 'dirty';
}
