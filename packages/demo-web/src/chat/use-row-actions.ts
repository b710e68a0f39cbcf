/** What a reader can do about a message that did not get through. Keeps its identity, for the memoised rows. */
import { useMemo } from 'react';
import type { ChatClient } from './events.ts';
import type { RowActions } from './message-row.tsx';

export function useRowActions(
  client: ChatClient | null,
  room: string,
  dismiss: (room: string, messageId: string) => void,
  addToDraft: (text: string) => void,
): RowActions {
  return useMemo(
    () => ({
      edit(row) {
        dismiss(room, row.messageId);
        addToDraft(row.body);
      },
      sendAgain(row) {
        if (client === null) return;
        dismiss(room, row.messageId);
        client
          .room(room)
          .publish('text', { body: row.body })
          .catch(() => {});
      },
      dismiss: (row) => dismiss(room, row.messageId),
    }),
    [client, room, dismiss, addToDraft],
  );
}
