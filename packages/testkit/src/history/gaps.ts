// Judges one gap as it was told to one session: is something really missing, is it exactly what the gap names, and is the
// reason one that the streams bear out? Moves the walk to where delivery goes on. Serves G4.1 to G4.8.
//
// Definitions. `at` is where the session stands; it may be moved silently as walk.ts says.
//   trimmed, expired, deleted   from = at, to = next, missed = n(to) − n(from) > 0, `next` is of the same history as `at`, and no
//                               later read shows an entry of the range (where a rewrite was removed since, `next` may be of
//                               another history: nothing is left that could tell). Trimmed and expired take from the front: no later read
//                               shows an older entry than `to` either. Deleted leaves a hole, or the last entries missing.
//   rewritten                   as found by a reader: to = at, from = next = an entry passed before, which is older; no later
//                               read shows `at`. By the control entry: next is the entry, and follows `at`.
//   lost                        from = at, to and missed null; no later read shows `at`, nor the entry passed before it.
// False is a gap of which nothing is missing; otherwise a deviation is blamed on the rule of the reason.

import { cursorText, isAfter, isBelow, type ChainNode } from './chain.ts';
import type { GapTold } from './history-event.ts';
import { eventAt } from './history-model.ts';
import type { ShownRule } from './rules.ts';
import type { Walk } from './walk.ts';

const RULE_OF: Record<GapTold['reason'], ShownRule> = {
  trimmed: 'G4.2',
  expired: 'G4.3',
  lost: 'G4.4',
  rewritten: 'G4.5',
  deleted: 'G4.6',
};

type Complain = (rule: ShownRule, what: string, nodes?: readonly ChainNode[]) => void;

export function judgeGap(walk: Walk, gap: GapTold, index: number): void {
  const { findings, counts } = walk.context;
  const rule = RULE_OF[gap.reason];
  counts.gaps += 1;
  findings.tested('G4.1');
  findings.tested('G4.7');
  findings.tested(rule);
  const { room, session } = walk.track;
  const complain: Complain = (broken, what, nodes = []) => {
    if (broken === 'G4.1') counts.falseGaps += 1;
    findings.violate(broken, `${session.name} was told a gap ${gap.reason} (${gap.from}, ${gap.to}]: ${what}`, () => [
      ...walk.shown(index),
      ...(nodes.length > 0 ? [walk.context.readShowing(room, nodes)] : []),
    ]);
  };
  const next = room.chain.at(gap.next);
  if (isToldTwice(walk, gap, index)) return walk.moveTo(next, index);
  if (next === null) complain(rule, `${gap.next} is no cursor`);
  else if (gap.reason === 'rewritten') judgeRewritten(walk, gap, next, index, complain);
  else if (gap.reason === 'lost') judgeLost(walk, gap, index, complain);
  else judgeHole(walk, gap, next, index, complain);
  walk.moveTo(next, index);
}

function isToldTwice(walk: Walk, gap: GapTold, index: number): boolean {
  const last = walk.lastGap;
  if (last === null || walk.at === null) return false;
  // A rewrite leads back to where its range begins; only what comes directly behind it repeats it.
  const isBackThere = gap.from === walk.at.id;
  if (isBackThere && (gap.reason !== 'rewritten' || walk.atIndex !== last.index)) return false;
  const isSame = last.gap.from === gap.from && last.gap.to === gap.to && last.gap.next === gap.next;
  if (!isSame) return false;
  walk.context.findings.violate('G4.7', `${walk.track.session.name} was told the same gap twice`, () => [
    eventAt(walk.track, last.index),
    eventAt(walk.track, index),
  ]);
  return true;
}

/** The entry that `id` names, if the session stands on it or gets there silently. */
function standing(walk: Walk, id: string): ChainNode | null {
  if (walk.at === null) return walk.track.room.chain.withId(id)[0] ?? null;
  if (walk.at.id === id) return walk.at;
  return walk.track.room.chain.withId(id).find((node) => walk.reaches(node)) ?? null;
}

function judgeHole(walk: Walk, gap: GapTold, next: ChainNode, index: number, complain: Complain): void {
  const rule = RULE_OF[gap.reason];
  // A position outlives its room by 30 days; after that nobody can count any more.
  if (gap.to === null && gap.reason === 'expired') return;
  const from = standing(walk, gap.from);
  if (from === null) return complain(rule, `it stood at ${walk.at === null ? 'nothing' : cursorText(walk.at)}`);
  if (next.n <= from.n) return complain('G4.1', 'nothing lies between', [next]);
  if (gap.to !== next.id) return complain(rule, `delivery goes on after ${next.id}`, [next]);
  if (gap.missed !== next.n - from.n)
    return complain(rule, `${next.n - from.n} are missing, not ${gap.missed}`, [next]);
  judgeRange(walk, gap, from, next, index, complain);
}

function judgeRange(
  walk: Walk,
  gap: GapTold,
  from: ChainNode,
  next: ChainNode,
  index: number,
  complain: Complain,
): void {
  const { context } = walk;
  let known = 0;
  let kept: ChainNode | null = null;
  let keptCount = 0;
  for (let node: ChainNode | null = next; node !== null && node !== from && isAfter(node, from); node = node.previous) {
    known += 1;
    if (!context.isKept(node, walk.track, index)) continue;
    kept = node;
    keptCount += 1;
  }
  if (context.readAfter(walk.track, index) >= walk.track.room.reads.length) context.counts.unverifiedGaps += 1;
  else if (kept !== null && keptCount === known) return complain('G4.1', 'all of it is kept', [kept]);
  else if (kept !== null) return complain(RULE_OF[gap.reason], `${kept.id} is kept`, [kept]);
  judgeReason(walk, gap, next, index, complain);
}

function judgeReason(walk: Walk, gap: GapTold, next: ChainNode, index: number, complain: Complain): void {
  const { context } = walk;
  const { reads } = walk.track.room;
  const retention = context.options.retention;
  if (gap.reason === 'expired' && retention?.ageMs === null)
    return complain('G4.3', 'the room keeps entries of any age');
  const read = context.readAfter(walk.track, index);
  const after = reads[read];
  const first = after?.first;
  if (gap.reason !== 'deleted') {
    const isOlderKept = first !== undefined && first !== null && first.n <= next.n && isBelow(next, first) === true;
    if (isOlderKept) complain(RULE_OF[gap.reason], `${first.id} is older and kept`, [first]);
    return;
  }
  const isInHole = reads.some((one) => one.holes.some((hole) => hole.until === next));
  if (isInHole || context.isRemovedByHand(gap.atMs) || after === undefined || first === undefined) return;
  complain('G4.6', 'no read shows a hole there', first === null ? [] : [first]);
}

function judgeRewritten(walk: Walk, gap: GapTold, next: ChainNode, index: number, complain: Complain): void {
  walk.context.findings.tested('G4.5');
  if (next.isControl && next.id !== gap.from) return judgeControl(walk, gap, next, index, complain);
  if (gap.from !== next.id) return complain('G4.5', `delivery goes on after ${next.id}, which is not the fork`, [next]);
  const head = standing(walk, gap.to ?? '');
  if (head === null) return complain('G4.5', `it stood at ${walk.at === null ? 'nothing' : cursorText(walk.at)}`);
  if (next === head || next.n >= head.n) return complain('G4.1', 'the fork is not older than where it stood', [next]);
  if (gap.missed !== null && gap.missed !== head.n - next.n) {
    return complain('G4.5', `${head.n - next.n} lie between, not ${gap.missed}`);
  }
  if (isBelow(head, next) === false) return complain('G4.5', 'it never passed the fork', [next]);
  if (walk.context.isKept(head, walk.track, index)) complain('G4.1', 'where it stood is kept', [head]);
}

/** Learned from the note in the stream: it must be the next entry, and news. */
function judgeControl(walk: Walk, gap: GapTold, control: ChainNode, index: number, complain: Complain): void {
  const { findings } = walk.context;
  findings.tested('G4.8');
  const before: ChainNode[] = [];
  const isNext = control === walk.at || control.previous === null || walk.at === null || walk.reaches(control, before);
  if (!isNext) return complain('G4.8', `the control entry ${control.id} does not follow where it stood`, [control]);
  walk.passControls(
    before.filter((node) => node !== control),
    index,
  );
  const expected = control.rewrite === null ? null : rangeOf(control.rewrite);
  if (expected !== null && (expected.from !== gap.from || expected.to !== gap.to)) {
    return complain('G4.8', `the control entry tells of (${expected.from}, ${expected.to}]`, [control]);
  }
  const heads = walk.track.room.chain.withId(gap.to ?? '');
  const isKept = heads.length > 0 && heads.every((head) => walk.context.isKept(head, walk.track, index));
  if (isKept) return complain('G4.1', 'what it names is kept', heads);
  const told = walk.told.find(
    (one) => one.gap.reason === 'rewritten' && isOverlapping(one.gap, gap) && !walk.isInterrupted(one.index, index),
  );
  if (told === undefined) return;
  findings.violate('G4.8', `${walk.track.session.name} was told of one rewrite twice`, () => [
    eventAt(walk.track, told.index),
    eventAt(walk.track, index),
  ]);
}

const rangeOf = ({ fork, head }: { fork: string; head: string }): { from: string; to: string } => ({
  from: fork.split('~')[0]!,
  to: head.split('~')[0]!,
});

const countIn = (id: string): [number, number] => {
  const [ms, n] = id.split('-').map(Number);
  return [ms!, n!];
};

const isIdAfter = (a: string, b: string): boolean => {
  const [left, right] = [countIn(a), countIn(b)];
  return left[0] > right[0] || (left[0] === right[0] && left[1] > right[1]);
};

const isOverlapping = (a: GapTold, b: GapTold): boolean =>
  a.to !== null && b.to !== null && isIdAfter(b.to, a.from) && isIdAfter(a.to, b.from);

function judgeLost(walk: Walk, gap: GapTold, index: number, complain: Complain): void {
  if (gap.to !== null || gap.missed !== null) complain('G4.4', 'nobody can know its range');
  const from = standing(walk, gap.from);
  if (from === null) return complain('G4.4', `it stood at ${walk.at === null ? 'nothing' : cursorText(walk.at)}`);
  if (walk.context.isKept(from, walk.track, index)) return complain('G4.1', 'where it stood is kept', [from]);
  const before = from.previous;
  if (before !== null && walk.hasSeen(before) && walk.context.isKept(before, walk.track, index)) {
    complain('G4.4', `${before.id}, which it had seen before, is kept`, [before]);
  }
}
