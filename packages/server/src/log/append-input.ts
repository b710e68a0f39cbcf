/** A message in the form in which the append script takes it: text that is ready to be stored. */
import { contentHash, dedupeField } from './dedupe.ts';
import { headerHalves } from './entry-codec.ts';
import type { AppendMessage } from './message-log.ts';

export interface AppendInput {
  /** The header up to the predecessor, and from there on. */
  readonly head: string;
  readonly tail: string;
  readonly data: string;
  readonly messageId: string;
  readonly field: string;
  readonly hash: string;
  /** Null for what is no retry, and for a retry whose age nobody knows. */
  readonly firstSentAt: number | null;
}

export function toAppendInput(message: AppendMessage): AppendInput {
  const { kind, sender, messageId, event, data, isRetry, firstSentAt } = message;
  const [head, tail] = headerHalves(message);
  return {
    head,
    tail,
    data,
    messageId,
    field: dedupeField(kind, sender, messageId),
    hash: contentHash(kind, event, data),
    firstSentAt: isRetry ? firstSentAt : null,
  };
}
