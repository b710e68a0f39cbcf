/** beside Hop 7/8 – small questions about a page of entries, and about the gap in front of it. */
import { countOf, MAX_RECENT_CURSORS, type Cursor } from '@holdline/protocol';
import { cursorOf, type Entry } from '../log/entry.ts';
import type { Gap, LogPage } from '../log/message-log.ts';
import { idOf } from './cursors.ts';
import type { Member } from './member.ts';

export const pastOf = (passed: Cursor, recent: readonly Cursor[]): readonly Cursor[] =>
  [passed, ...recent].slice(0, MAX_RECENT_CURSORS);

export function endOf(page: LogPage): Cursor | null {
  const last = page.entries.at(-1);
  return last === undefined ? null : cursorOf(last);
}

/** Cursor → how many entries lie before what comes after it; bare stream IDs are found as well. */
export function placesOn(start: Cursor, entries: readonly Entry[], waiting: number): ReadonlyMap<Cursor, number> {
  const places = new Map<Cursor, number>();
  if (entries.length > 0) places.set(start, 0);
  // With nobody else there is nobody who stands further on.
  if (waiting === 1) return places;
  for (let i = 0; i + 1 < entries.length; i++) {
    const entry = entries[i]!;
    places.set(cursorOf(entry), i + 1);
    places.set(entry.id as string as Cursor, i + 1);
  }
  return places;
}

/** Whether members that can take something stand at more than one of these places. */
export function isSpread(
  places: ReadonlyMap<Cursor, number>,
  waiting: Iterable<{ readonly sent: Cursor; readonly member: Pick<Member, 'isWritable'> }>,
): boolean {
  const taken = new Set<number>();
  for (const { sent, member } of waiting) {
    const place = places.get(sent);
    if (place !== undefined && member.isWritable) taken.add(place);
    if (taken.size > 1) return true;
  }
  return false;
}

/** What a member without `history` is told: all up to the room's position is out of its reach (G8.4). */
export function gapToPosition(gap: Pick<Gap, 'from' | 'reason'>, position: Cursor): Gap {
  const to = idOf(position);
  const isCounted = gap.reason !== 'rewritten' && gap.reason !== 'lost';
  const missed = isCounted ? Math.max(0, countOf(to) - countOf(gap.from)) : null;
  return { from: gap.from, to, missed, reason: gap.reason, next: position };
}
