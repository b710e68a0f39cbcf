// Third pass, message by message: what its publishers were told, where it stands in the stream, and whether the two agree.
// Serves G1.2, G2, G3, G6.
//
// An acknowledged message is accounted for when the entry of the acknowledgement is in the final history: kept, trimmed
// from its front, or removed by hand where the next entry still names it. Otherwise its history was replaced: a fault must
// explain that (G2.1, G2.4), and everybody must have been told (G4.8):
// - whoever had seen it: walk.ts sees to that;
// - the session that sent it, if it is a member at the end: by a gap, since the acknowledgement, that names the entry, or tells of a
//   rewrite from before it, or takes away the control entry with others;
// - where that one is not, and nobody had seen it: any member by a gap that names it, or a control entry for who comes later.
// Whoever stood before the first entry of the room cannot be told.

import { isAfter, type ChainNode } from './chain.ts';
import { hasMembers, hasSeenAnything, isMemberAtEnd } from './members.ts';
import { checkPending, checkRefusals, noteCarriedOver } from './answers.ts';
import type { CheckContext } from './check-context.ts';
import { deliveryOf, shownBy } from './shown.ts';
import {
  ackEvent,
  firstReadAfter,
  invokedEvent,
  type Ack,
  type MessageRecord,
  type RoomRecord,
  type Track,
} from './history-model.ts';

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
    noteCarriedOver(context, invoked.session, message.ack);
    checkAck(context, room, message, message.ack);
    if (message.moreAcks !== null) checkRepeatedAcks(context, message, message.ack, message.moreAcks);
  }
  if (message.refusals !== null) checkRefusals(context, room, message);
  if (message.ack === null && message.refusals === null) checkPending(context, message);
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
  const standing = isExplained ? standingBefore(room, message, ack) : undefined;
  if (standing !== undefined) {
    return findings.violate(
      'G2.1',
      `${message.messageId} was acknowledged at ${node.id} and stood at ${standing.id}`,
      () => [...shownBy(message), context.readShowing(room, [standing])],
    );
  }
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

/** A copy that is older than the acknowledged one and still stood after the acknowledgement: then that one never existed. */
const standingBefore = (room: RoomRecord, message: MessageRecord, { node, seq }: Ack): ChainNode | undefined =>
  message.nodes.length < 2
    ? undefined
    : message.nodes.find(
        (other) => isAfter(node, other) && (other.isOnFinal || other.lastRead >= firstReadAfter(room, seq)),
      );

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

/** G4.8: the session that sent it, if it was a member at the end, must have been told; otherwise anybody, or nobody to tell. */
function checkTold(context: CheckContext, room: RoomRecord, message: MessageRecord, ack: Ack): void {
  const { findings, counts } = context;
  const { node, session, seq, atMs } = ack;
  findings.tested('G4.8');
  const told = context.toldGaps(room);
  const sender = session.tracks.get(room);
  const isMember = sender !== undefined && isMemberAtEnd(sender) && hasSeenAnything(sender, seq);
  const isNamed = told.isNamed(node, atMs);
  // Whoever has had it was told when it came to stand on another history: walk.ts has seen to that.
  const isTold = isMember
    ? message.isSeenBySender || told.isTold(session.name, node, atMs)
    : isNamed || node.isDelivered || hasLaterControl(room, node) || !hasMembers(context, room, seq);
  if (isTold) {
    counts.lostAndTold += 1;
    if (!isNamed) counts.lostNotNamed += 1;
    return;
  }
  counts.lost += 1;
  const who = isMember ? `${session.name}, which sent it, was not` : 'nobody was';
  findings.violate('G4.8', `${message.messageId} was acknowledged at ${node.id} and lost, and ${who} told`, () => [
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
