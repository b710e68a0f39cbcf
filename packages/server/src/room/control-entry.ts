/**
 * Hop 7/8: the entry that tells members who were away that history was rewritten (G4.8). Its message
 * ID is derived from fork and lost head, so however many instances see the same rewrite, and however
 * often they try, the dedupe of the log keeps one.
 */
import { createHash } from 'node:crypto';
import type { MessageId, RoomId } from '@holdline/protocol';
import { backoffMs, sleep, type Clock } from '../clock.ts';
import type { AppendMessage, MessageLog } from '../log/message-log.ts';
import type { Rewrite } from './room-item.ts';

const BACKOFF = { baseMs: 200, capMs: 5000 };
const MAX_TRIES = 10;

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

/** Tries a bounded number of times; false when it has given up, which leaves members who were away untold. */
export async function appendControl(log: MessageLog, clock: Clock, room: RoomId, rewrite: Rewrite): Promise<boolean> {
  const message = controlMessage(rewrite);
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    try {
      await log.append(room, [message]);
      return true;
    } catch {
      // Why it failed does not matter here: the same message ID makes every further try safe.
      await sleep(clock, backoffMs(BACKOFF, attempt, clock.random()));
    }
  }
  return false;
}
