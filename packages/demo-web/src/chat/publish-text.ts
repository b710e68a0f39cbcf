/** Publishes a chat message. What becomes of it comes as events of the outbox; what never got that far is told here. */
import { HoldlineError } from '@holdline/client';
import type { ConversationEvent } from './conversation.ts';
import type { ChatClient } from './events.ts';

/** Not refused: the message stays in the outbox for the next client, or was taken out of it on purpose. */
const NO_REFUSAL: readonly string[] = ['closed', 'cleared'];

export function publishText(
  client: ChatClient,
  room: string,
  body: string,
  tell: (room: string, event: ConversationEvent) => void,
): void {
  const messageId = newMessageId();
  client
    .room(room)
    .publish('text', { body }, { messageId })
    .catch((error: unknown) => {
      if (!(error instanceof HoldlineError) || NO_REFUSAL.includes(error.code)) return;
      tell(room, { type: 'refused', messageId, body, code: error.code, at: Date.now() });
    });
}

/** Chosen here, so that a message which the outbox never took can still be named. */
function newMessageId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
