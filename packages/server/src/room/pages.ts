/** beside Hop 7/8 – small questions about a page of entries, and about the gap in front of it. */
import { compareStreamIds, countOf, MAX_RECENT_CURSORS, type Cursor } from '@holdline/protocol';
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

/** Another history goes on after it, from a place that lies behind: some of what follows was stored long before. */
export const isReplaced = ({ reason }: Pick<Gap, 'reason'>): boolean => reason === 'rewritten' || reason === 'lost';

/** What a member without `history` is told: all up to the room's position is out of its reach (G8.4). */
export function gapToPosition({ from, to, reason }: Omit<Gap, 'missed' | 'next'>, position: Cursor): Gap {
  const end = idOf(position);
  if (!isReplaced({ reason })) {
    return { from, to: end, missed: Math.max(0, countOf(end) - countOf(from)), reason, next: position };
  }
  // The lost head may be the later of the two: little, or nothing, has come since.
  const isBehind = to !== null && compareStreamIds(to, end) > 0;
  return { from, to: to === null || isBehind ? to : end, missed: null, reason, next: position };
}
