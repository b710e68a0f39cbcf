/** Hop 5/8: what the dedupe record of a message is called and what it holds (G3.1, G3.3, G3.4). */
import { hash } from 'node:crypto';
import type { MessageId, UserId } from '@holdline/protocol';
import { encodeSender } from './entry-codec.ts';
import type { EntryKind } from './entry.ts';

const scratch = Buffer.allocUnsafe(4096);

/**
 * The field of a message in the dedupe hashes. The user is part of it, so that nobody can occupy
 * another's message ID; control entries have a name that no user can have.
 */
export const dedupeField = (kind: EntryKind, user: UserId | null, messageId: MessageId): string =>
  `${messageId}:${kind === 'control' ? 'c' : encodeSender(user)}`;

/** 48 bits of a digest over what makes two messages the same: it tells a repeat from a mistake. */
export function contentHash(kind: EntryKind, event: string, data: string | Buffer): string {
  const names = `${kind} ${event}\n`;
  const content = typeof data === 'string' ? names + data : joined(names, data);
  return hash('sha1', content, 'base64url').slice(0, 8);
}

/** Valid until the next call: two new buffers would cost more than the hash of a short message. */
function joined(names: string, data: Buffer): Buffer {
  const length = names.length + data.length;
  const whole = length <= scratch.length ? scratch : Buffer.allocUnsafe(length);
  // Kinds and events are ASCII.
  whole.write(names, 0, 'latin1');
  whole.set(data, names.length);
  return whole.subarray(0, length);
}

/** The longest that a client may be away and still know for certain what became of what it sent. */
export const DEFAULT_DEDUPE_MS = 2 * 3_600_000;

/**
 * Records in one dedupe hash of a room, about 10 MB, after which the two rotate early. A room that is
 * busier than that within its window is remembered for less than the window; a retry from before that
 * is `beyond-window`, never a second copy.
 */
export const DEFAULT_DEDUPE_RECORDS = 100_000;

/**
 * How long after its start a dedupe hash takes records before the two rotate. An eighth longer than
 * the window, because `firstSentAt` is counted by a client from a clock that it read over the network.
 */
export const rotationOf = (windowMs: number): number => windowMs + Math.ceil(windowMs / 8);
