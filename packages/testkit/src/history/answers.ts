// What publishers were told other than "stored", and what they were never told: refusals, unknown outcomes, and publishes
// that a page left behind. Serves G2.2, G2.6, G3.5, G3.6, G6.1.

import type { CheckContext } from './check-context.ts';
import type { Ack, MessageRecord, RoomRecord, SessionRecord } from './history-model.ts';
import { deliveryOf, shownBy } from './shown.ts';

/** A page that lived on so long after a publish had it in its outbox, or had given up its store: the deadline of that. */
const KEPT_AFTER_MS = 5000;

/** What one page left behind was answered to another: its successor (G2.2), or one beside it (G2.6). */
export function noteCarriedOver(context: CheckContext, from: SessionRecord, { session, duplicate }: Ack): void {
  // A retry that found its first copy stored: nothing has refused it.
  if (duplicate) context.findings.tested('G3.6');
  if (session === from) return;
  context.findings.tested(isSuccessor(context, session, from) ? 'G2.2' : 'G2.6');
}

function isSuccessor(context: CheckContext, session: SessionRecord, before: SessionRecord): boolean {
  for (let at: SessionRecord | undefined = session; at !== undefined;) {
    if (at === before) return true;
    at = context.model.sessions.get(at.started?.after ?? '');
  }
  return false;
}

export function checkRefusals(context: CheckContext, room: RoomRecord, message: MessageRecord): void {
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
    if (isSuccessor(context, other, session)) return { heir: other, isNext: true };
    if (other.started.producer === producer) beside = other;
  }
  return beside === null ? null : { heir: beside, isNext: false };
}

/** G2.2, G2.6: no answer on record. It may have been stored, and the answer died with the page. */
export function checkPending(context: CheckContext, message: MessageRecord): void {
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
