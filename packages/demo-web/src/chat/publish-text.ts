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
  client
    .room(room)
    .publish('text', { body })
    .catch((error: unknown) => {
      if (!(error instanceof HoldlineError) || NO_REFUSAL.includes(error.code)) return;
      const { messageId } = error.detail;
      if (messageId !== undefined) tell(room, { type: 'refused', messageId, body, code: error.code, at: Date.now() });
    });
}
