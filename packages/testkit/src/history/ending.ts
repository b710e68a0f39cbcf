// Last pass: a run ends with a final read of each room, when traffic has stopped and everybody was live. Whoever is still a
// member then must have come to the end of the stream, over the one history that is there. Serves G2.3, G4.4, G4.5, G5.2.

import { cursorText, forkOf, isBelow, type ChainNode } from './chain.ts';
import { isMemberAtEnd } from './members.ts';
import type { Walk } from './walk.ts';

export function checkEnding(walk: Walk): void {
  const { context, track, at } = walk;
  const read = track.room.finalRead;
  if (read === null || at === null || !isMemberAtEnd(track)) return;
  const end = read.position ?? read.last ?? track.room.chain.root;
  context.findings.tested('G5.2');
  const controls: ChainNode[] = [];
  if (walk.reaches(end, controls)) return walk.passControls(controls, track.nodes.length - 1);
  const { name } = track.session;
  const what = `${name} ended at ${cursorText(at)}, and the room at ${cursorText(end)}`;
  const events = () => [...walk.shown(track.nodes.length - 1), context.readShowing(track.room, [end])];
  if (isBelow(end, at) === true || at === track.room.chain.root) {
    context.counts.skipped += end.n - at.n;
    return context.findings.violate(
      walk.state === 'live' ? 'G5.2' : 'G2.3',
      `${what}: it did not get the rest`,
      events,
    );
  }
  context.counts.missingGaps += 1;
  const fork = forkOf(at, end);
  const isForked = fork !== null && fork !== track.room.chain.root;
  context.findings.violate(isForked ? 'G4.5' : 'G4.4', `${what}, in another history, and it was not told`, events);
}
