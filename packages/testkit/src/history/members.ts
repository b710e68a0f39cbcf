// Who is a member of a room, and who has seen enough of it to notice a loss.

import type { CheckContext } from './check-context.ts';
import { seqOf, type RoomRecord, type Track } from './history-model.ts';

/** Joined, alive, and not out of the room by its own or the server's word. */
export function isMemberAtEnd(track: Track): boolean {
  if (track.session.ended !== null) return false;
  let isMember = false;
  for (const event of track.events.values()) {
    if (event.kind === 'member-joined') isMember = true;
    if (event.kind === 'room-state') isMember = event.state !== 'left' && event.state !== 'denied';
  }
  return isMember;
}

/** Who stands before the first entry has every history in common with everybody, and can notice no loss. */
export function hasSeenAnything(track: Track, seq: number): boolean {
  let isAtStart = true;
  for (let index = 0; index < track.nodes.length && seqOf(track, index) <= seq; index++) {
    const event = track.events.get(index);
    if (event === undefined) isAtStart = false;
    else if (event.kind === 'gap-told') isAtStart = event.next.startsWith('0-0');
    else if (event.kind === 'member-placed') isAtStart = event.cursor.startsWith('0-0');
  }
  return !isAtStart;
}

/** Whether somebody was a member then and is at the end. */
export const hasMembers = (context: CheckContext, room: RoomRecord, seq: number): boolean =>
  [...context.model.sessions.values()].some((session) => {
    const track = session.tracks.get(room);
    return track !== undefined && isMemberAtEnd(track) && hasSeenAnything(track, seq);
  });
