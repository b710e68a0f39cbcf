// Who is a member of a room, and who has seen enough of it to notice a loss.

import type { CheckContext } from './check-context.ts';
import { seqOf, type RoomRecord, type Track } from './history-model.ts';

const known = new WeakMap<Track, boolean>();

/** Joined, alive, and not out of the room by its own or the server's word. */
export function isMemberAtEnd(track: Track): boolean {
  let isMember = known.get(track);
  if (isMember === undefined) {
    isMember = track.session.ended === null && hasStayed(track);
    known.set(track, isMember);
  }
  return isMember;
}

function hasStayed(track: Track): boolean {
  let isMember = false;
  for (const event of track.events.values()) {
    if (event.kind === 'member-joined') isMember = true;
    if (event.kind === 'room-state') isMember = event.state !== 'left' && event.state !== 'denied';
  }
  return isMember;
}

/** Who stands before the first entry has every history in common with everybody, and can notice no loss. */
export function hasSeenAnything(track: Track, seq: number): boolean {
  for (let index = lastUpTo(track, seq); index >= 0; index--) {
    const event = track.events.get(index);
    if (event === undefined) return true;
    if (event.kind === 'gap-told') return !event.next.startsWith('0-0');
    if (event.kind === 'member-placed') return !event.cursor.startsWith('0-0');
  }
  return false;
}

/** Index of the last item of the track at or before this place on the time line; -1 for none. */
function lastUpTo(track: Track, seq: number): number {
  let [low, high] = [0, track.nodes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (seqOf(track, middle) <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Whether somebody was a member then and is at the end. */
export const hasMembers = (context: CheckContext, room: RoomRecord, seq: number): boolean =>
  [...context.model.sessions.values()].some((session) => {
    const track = session.tracks.get(room);
    return track !== undefined && isMemberAtEnd(track) && hasSeenAnything(track, seq);
  });
