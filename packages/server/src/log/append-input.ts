/** Hop 5/8: a message in the form in which the append script takes it: text that is ready to be stored. */
import type { ScriptMessage } from '../redis/append-script.ts';
import { contentHash, dedupeField } from './dedupe.ts';
import { headerHalves } from './entry-codec.ts';
import type { AppendMessage } from './message-log.ts';

export function toAppendInput(message: AppendMessage): ScriptMessage {
  const { kind, sender, messageId, event, data, isRetry, firstSentAt } = message;
  const halves = headerHalves(message);
  return {
    head: halves[0],
    tail: halves[1],
    data,
    messageId,
    field: dedupeField(kind, sender, messageId),
    hash: contentHash(kind, event, data),
    firstSentAt: isRetry ? firstSentAt : null,
  };
}
