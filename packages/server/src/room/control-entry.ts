/**
 * beside Hop 7/8 – the entry that tells members who were away that history was rewritten (G4.8). Its message ID is
 * derived from fork and lost head, so however many instances see the same rewrite, and however often they try, the
 * dedupe of the log keeps one.
 */
import { createHash } from 'node:crypto';
import type { MessageId } from '@holdline/protocol';
import type { AppendMessage } from '../log/message-log.ts';
import type { Rewrite } from './room-item.ts';

export function controlMessage({ fork, head }: Rewrite): AppendMessage {
  const digest = createHash('sha256').update(`${fork} ${head}`).digest('base64url').slice(0, 32);
  return {
    messageId: `rewritten-${digest}` as MessageId,
    kind: 'control',
    event: 'rewritten',
    sender: null,
    data: JSON.stringify({ fork, head }),
    isRetry: false,
    firstSentAt: null,
  };
}
