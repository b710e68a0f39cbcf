// Third pass, message by message: what its publishers were told, where it stands in the stream, and whether the two agree.
// Serves G1.2, G2, G3, G6.
//
// An acknowledged message is accounted for when the entry of the acknowledgement is in the final history (kept, trimmed
// from its front, or removed by hand where the next entry still names it); or when its history was replaced, which a fault
// must explain (G2.4), and everybody was told: whoever had seen it (walk.ts); the session that sent it if it is a member at the
// end, by a gap that names the entry or one before it in the lost history, or takes the control entry with it; and, where that one is not and nobody had seen it, any member at all by a gap
// that has the entry in its range, or a control entry for those who come later. Whoever stood before the first entry of the room cannot be told.

import { isAfter, isBelow, type ChainNode } from './chain.ts';
import { hasMembers, hasSeenAnything, isMemberAtEnd } from './members.ts';
import type { CheckContext } from './check-context.ts';
import type { GapTold, HistoryEvent } from './history-event.ts';
import {
  ackEvent,
  eventAt,
  invokedEvent,
  type Ack,
  type MessageRecord,
  type RoomRecord,
  type SessionRecord,
  type Track,
} from './history-model.ts';

/** A page that lived on so long after a publish had it in its outbox. */
const KEPT_AFTER_MS = 1000;

export function checkPublishes(context: CheckContext): void {
  for (const room of context.model.rooms.values()) {
    for (const message of room.messages.values()) checkMessage(context, room, message);
    for (const event of room.altered) {
      const message = room.messages.get(event.messageId);
      context.findings.violate('G6.2', `${event.messageId} was delivered with other content than was published`, () => [
        event,
        message?.invoked ? invokedEvent(message, message.invoked) : null,
      ]);
    }
  }
  for (const session of context.model.sessions.values()) {
    for (const track of session.tracks.values()) checkOrder(context, track);
  }
}

function checkMessage(context: CheckContext, room: RoomRecord, message: MessageRecord): void {
  const { findings, counts } = context;
  const { invoked, nodes } = message;
  if (invoked === null) return checkPhantom(context, room, message);
  counts.invoked += 1;
  if (nodes.length > 0) {
    findings.tested('G6.2');
    checkSender(context, room, message);
    checkContent(context, room, message);
    if (nodes.length > 1) checkCopies(context, room, message);
  }
  if (message.ack !== null) {
    counts.acknowledged += 1;
    checkAck(context, room, message, message.ack);
    if (message.moreAcks !== null) checkRepeatedAcks(context, message, message.ack, message.moreAcks);
  }
  if (message.refusals !== null) checkRefusals(context, room, message);
  if (message.ack === null && message.refusals === null) checkPending(context, message);
}

const shownBy = (message: MessageRecord): HistoryEvent[] => [
  ...(message.invoked === null ? [] : [invokedEvent(message, message.invoked)]),
  ...(message.ack === null ? [] : [ackEvent(message, message.ack)]),
];

/** Any delivery of one of these entries. Only for counter-examples: it looks through everything. */
function deliveryOf(room: RoomRecord, context: CheckContext, nodes: readonly ChainNode[]): HistoryEvent | null {
  for (const session of context.model.sessions.values()) {
    const track = session.tracks.get(room);
    const index = track?.nodes.findIndex((node) => node !== null && nodes.includes(node)) ?? -1;
    if (track !== undefined && index >= 0) return eventAt(track, index);
  }
  return null;
}

function checkPhantom(context: CheckContext, room: RoomRecord, message: MessageRecord): void {
  const { ack } = message;
  const delivered = message.nodes.filter((node) => node.isDelivered);
  if (delivered.length > 0) {
    context.findings.violate('G6.2', `${message.messageId} was delivered, and nobody published it`, () => [
      deliveryOf(room, context, delivered),
    ]);
  }
  if (ack !== null) {
    context.findings.violate('G2.1', `${message.messageId} was acknowledged, and nobody published it`, () =>
      shownBy(message),
    );
  }
}

function checkSender(context: CheckContext, room: RoomRecord, message: MessageRecord): void {
  const users = [message.invoked!, ...(message.invokedAgain ?? [])].map((one) => one.session.started);
  for (const node of message.nodes) {
    if (node.lastRead < 0 || users.some((started) => started === null)) continue;
    context.findings.tested('G2.5');
    if (users.some((started) => started!.user === node.sender)) continue;
    const what = `${message.messageId} was published by ${users[0]!.user} and stored as sent by ${node.sender}`;
    context.findings.violate('G2.5', what, () => [...users, ...shownBy(message), context.readShowing(room, [node])]);
  }
}

/** What is stored must be what was published. */
function checkContent(context: CheckContext, room: RoomRecord, message: MessageRecord): void {
  const digests = [message.invoked!, ...(message.invokedAgain ?? [])].map((one) => one.digest);
  for (const node of message.nodes) {
    if (node.lastRead >= 0 && node.digest !== null && !digests.includes(node.digest)) {
      context.findings.violate('G2.1', `${message.messageId} is stored with other content than was published`, () => [
        ...shownBy(message),
        context.readShowing(room, [node]),
      ]);
    }
  }
}

/** Both stood in the stream at the same time. */
const areTogether = (a: ChainNode, b: ChainNode): boolean =>
  (a.isOnFinal && b.isOnFinal) ||
  (a.firstRead >= 0 && b.firstRead >= 0 && a.firstRead <= b.lastRead && b.firstRead <= a.lastRead);

function checkCopies(context: CheckContext, room: RoomRecord, message: MessageRecord): void {
  const { nodes } = message;
  for (let i = 0; i < nodes.length; i++) {
    for (let k = 0; k < i; k++) {
      const pair = [nodes[k]!, nodes[i]!] as const;
      const isExcused = !areTogether(...pair) && context.hasRewrites(room);
      if (isExcused) continue;
      const isConflict = pair[0].digest !== null && pair[1].digest !== null && pair[0].digest !== pair[1].digest;
      const wasUnknown = message.refusals?.some(({ kind }) => kind === 'publish-unknown') ?? false;
      const rule = isConflict ? 'G3.3' : wasUnknown ? 'G3.5' : 'G3.1';
      context.findings.violate(rule, `${message.messageId} is stored at ${pair[0].id} and at ${pair[1].id}`, () => [
        ...shownBy(message),
        ...pair.map((node) =>
          node.lastRead >= 0 ? context.readShowing(room, [node]) : deliveryOf(room, context, [node]),
        ),
      ]);
    }
  }
}

function checkAck(context: CheckContext, room: RoomRecord, message: MessageRecord, ack: Ack): void {
  const { findings, counts } = context;
  findings.tested('G2.1');
  if (ack.duplicate) findings.tested('G3.1');
  if (room.finalRead === null) return;
  const { node } = ack;
  if (node.isOnFinal) return checkKept(context, room, message, node);
  const elsewhere = message.nodes.find((other) => other.isOnFinal);
  const isExplained = context.mayBeLost(ack.atMs);
  if (elsewhere !== undefined && isExplained) return;
  if (elsewhere !== undefined) {
    return findings.violate(
      'G2.1',
      `${message.messageId} was acknowledged at ${node.id} and stands at ${elsewhere.id}`,
      () => [...shownBy(message), context.readShowing(room, [elsewhere])],
    );
  }
  const start = room.finalStart;
  if (
    start !== null &&
    start.n > node.n &&
    isAfter(start, node) &&
    start.previous === null &&
    start !== room.chain.root
  ) {
    counts.assumedTrimmed += 1;
    return;
  }
  if (context.mustSurvive(ack.atMs)) findings.tested('G2.4');
  if (!isExplained) return blameLoss(context, room, message, ack);
  checkTold(context, room, message, ack);
}

/** In the final history: kept, trimmed, or taken out of the middle by hand. */
function checkKept(context: CheckContext, room: RoomRecord, message: MessageRecord, node: ChainNode): void {
  const read = room.finalRead!;
  if (context.mustSurvive(message.ack!.atMs)) context.findings.tested('G2.4');
  if (node.lastRead === room.reads.indexOf(read)) return;
  context.counts.removed += 1;
  const isInHole = read.holes.some((hole) => node.n <= hole.until.n && (hole.after === null || node.n > hole.after.n));
  if (!isInHole || node.firstRead >= 0 || context.isRemovedByHand(message.ack!.atMs)) return;
  context.findings.violate(
    'G2.1',
    `${message.messageId} is acknowledged and missing in the middle of the stream`,
    () => [...shownBy(message), context.readShowing(room, [node])],
  );
}

function blameLoss(context: CheckContext, room: RoomRecord, message: MessageRecord, ack: Ack): void {
  context.counts.lost += 1;
  const isAfterRestart = context.mustSurvive(ack.atMs);
  const why = isAfterRestart
    ? 'Redis keeps what it confirmed through every fault since'
    : 'nothing happened that could explain it';
  context.findings.violate(
    isAfterRestart ? 'G2.4' : 'G2.1',
    `${message.messageId} was acknowledged at ${ack.node.id} and is gone: ${why}`,
    () => [...shownBy(message), context.readShowing(room, [])],
  );
}

/** The lost entry lies in the range of the gap. */
const isNamed = (gap: GapTold, node: ChainNode): boolean =>
  gap.reason === 'lost' || (gap.to !== null && isIdAfter(node, gap.from) && !isIdAfter(node, gap.to));

/** Or it followed what the gap says is gone; or the gap takes the control entry away, with the rest of what is removed. */
const tellsOf = (room: RoomRecord, gap: GapTold, node: ChainNode): boolean =>
  isNamed(gap, node) ||
  (gap.reason === 'rewritten' && room.chain.withId(gap.to ?? '').some((head) => isBelow(node, head) === true)) ||
  (gap.reason !== 'rewritten' && room.chain.controls.some((control) => control.ms >= node.ms && isNamed(gap, control)));

function isIdAfter({ ms, n }: ChainNode, id: string): boolean {
  const [otherMs, otherN] = id.split('-').map(Number) as [number, number];
  return ms > otherMs || (ms === otherMs && n > otherN);
}

/** G4.8: the session that sent it, if it was a member at the end, must have been told; otherwise anybody, or nobody to tell. */
function checkTold(context: CheckContext, room: RoomRecord, message: MessageRecord, ack: Ack): void {
  const { findings, counts } = context;
  const isSince = (gap: GapTold): boolean => gap.atMs + context.options.recordingSlackMs >= ack.atMs;
  const covering = room.gaps.filter((gap) => isSince(gap) && isNamed(gap, ack.node));
  findings.tested('G4.8');
  const sender = ack.session.tracks.get(room);
  const isMember = sender !== undefined && isMemberAtEnd(sender) && hasSeenAnything(sender, ack.seq);
  // Whoever has had it was told when it came to stand on another history: walk.ts has seen to that.
  const isTold = isMember
    ? message.isSeenBySender ||
      room.gaps.some((gap) => gap.session === ack.session.name && isSince(gap) && tellsOf(room, gap, ack.node))
    : ack.node.isDelivered || covering.length > 0;
  const isNobodyThere = !isMember && !hasMembers(context, room, ack.seq);
  if (isTold || isNobodyThere || (!isMember && hasLaterControl(room, ack.node))) {
    counts.lostAndTold += 1;
    if (covering.length === 0) counts.lostNotNamed += 1;
    return;
  }
  counts.lost += 1;
  const who = isMember ? `${ack.session.name}, which sent it, was not` : 'nobody was';
  findings.violate('G4.8', `${message.messageId} was acknowledged at ${ack.node.id} and lost, and ${who} told`, () => [
    ...shownBy(message),
    context.readShowing(room, []),
  ]);
}

const hasLaterControl = (room: RoomRecord, node: ChainNode): boolean =>
  room.chain.controls.some((control) => control.ms >= node.ms && control.lastRead >= 0);

function checkRepeatedAcks(context: CheckContext, message: MessageRecord, first: Ack, more: readonly Ack[]): void {
  for (const ack of more) {
    context.findings.tested('G3.1');
    const isSamePlace = ack.node === first.node;
    if (isSamePlace && (ack.duplicate || first.duplicate)) continue;
    // A first copy that still stands leaves no room for a second one.
    const isReplaced = !areTogether(ack.node, first.node) && !first.node.isOnFinal;
    if (!isSamePlace && isReplaced && context.hasRewrites(message.room)) continue;
    const what = isSamePlace
      ? `${message.messageId} was acknowledged twice as stored for the first time`
      : `${message.messageId} was acknowledged at ${first.node.id} and again at ${ack.node.id}`;
    context.findings.violate('G3.1', what, () => [ackEvent(message, first), ackEvent(message, ack)]);
  }
}

function checkRefusals(context: CheckContext, room: RoomRecord, message: MessageRecord): void {
  const { findings, counts } = context;
  for (const event of message.refusals!) {
    if (event.kind === 'publish-unknown') {
      counts.unknown += 1;
      findings.tested('G3.5');
      if (message.ack?.session.name === event.session) {
        findings.violate('G3.5', `${message.messageId} ended as unknown and as stored`, () => [
          ...shownBy(message),
          event,
        ]);
      }
      continue;
    }
    counts.rejected += 1;
    findings.tested('G6.1');
    // The place of the first copy is taken; what was refused is the other content.
    if (event.code === 'message_id_conflict') continue;
    const { ack } = message;
    // Stored, forgotten by Redis, and refused when it was sent again: then it is not stored.
    const shown = message.nodes.find(
      (node) => node.isOnFinal || ((node.lastRead >= 0 || node.isDelivered) && !context.hasRewrites(room)),
    );
    if (ack === null && shown === undefined) continue;
    const wasStoredBefore = ack !== null && ack.seq < event.seq;
    const rule = wasStoredBefore ? 'G3.6' : 'G6.1';
    findings.violate(rule, `${message.messageId} was refused (${event.code}), and is stored`, () => [
      ...shownBy(message),
      event,
      shown === undefined || ack !== null
        ? null
        : shown.lastRead >= 0
          ? context.readShowing(room, [shown])
          : deliveryOf(room, context, [shown]),
    ]);
  }
}

/** Whether pages of the same producer are alive at the end, by going on from this one or beside it. */
function heirOf(
  context: CheckContext,
  session: SessionRecord,
  producer: string,
): { heir: SessionRecord; isNext: boolean } | null {
  let beside: SessionRecord | null = null;
  for (const other of context.model.sessions.values()) {
    if (other.ended !== null || other.started === null) continue;
    for (
      let at: SessionRecord | undefined = other;
      at !== undefined;
      at = context.model.sessions.get(at.started?.after ?? '')
    ) {
      if (at === session) return { heir: other, isNext: true };
    }
    if (other.started.producer === producer) beside = other;
  }
  return beside === null ? null : { heir: beside, isNext: false };
}

/** G2.2, G2.6: no answer on record. It may have been stored, and the answer died with the page. */
function checkPending(context: CheckContext, message: MessageRecord): void {
  const { findings, counts } = context;
  const { session, producer, atMs } = message.invoked!;
  findings.tested('G2.2');
  const { ended } = session;
  if (!message.room.finalRead) return;
  if (ended === null) {
    return findings.violate('G2.2', `${message.messageId} never got an answer, and its page lives`, () =>
      shownBy(message),
    );
  }
  if (message.nodes.length > 0) return;
  const found = heirOf(context, session, producer);
  const wasKept = message.keptAtMs !== null || ended.atMs - atMs > KEPT_AFTER_MS;
  if (found === null || !wasKept) {
    counts.unanswered += 1;
    return;
  }
  if (!found.isNext) findings.tested('G2.6');
  const what = `${message.messageId} was left behind by ${session.name}, and ${found.heir.name} never sent it`;
  findings.violate(found.isNext ? 'G2.2' : 'G2.6', what, () => [...shownBy(message), ended, found.heir.started]);
}

/** G1.2: what one session had acknowledged stands in the order of its calls. */
function checkOrder(context: CheckContext, track: Track): void {
  let before: MessageRecord | null = null;
  for (const message of track.published) {
    const { ack } = message;
    if (ack === null || ack.session !== track.session || message.invokedAgain !== null) continue;
    const earlier: Ack | null = before?.ack ?? null;
    if (earlier !== null && before !== null) {
      context.findings.tested('G1.2');
      const [first, second] = [before, message];
      const isComparable = areTogether(earlier.node, ack.node) || !context.hasRewrites(track.room);
      if (isComparable && !isAfter(ack.node, earlier.node)) {
        context.findings.violate(
          'G1.2',
          `${second.messageId} was published after ${first.messageId} and stored before it`,
          () => [...shownBy(first), ...shownBy(second)],
        );
      }
    }
    before = message;
  }
}
