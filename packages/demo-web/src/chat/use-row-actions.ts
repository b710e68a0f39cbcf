/** What a reader can do about a message that did not get through. Keeps its identity, for the memoised rows. */
import { useMemo } from 'react';
import { COMPOSER_ID } from '../theme/hand-over-focus.ts';
import type { RowActions } from './message-row.tsx';

export function useRowActions(
  room: string,
  send: (body: string) => void,
  dismiss: (room: string, messageId: string) => void,
  addToDraft: (text: string) => void,
): RowActions {
  return useMemo(
    () => ({
      edit(row) {
        dismiss(room, row.messageId);
        addToDraft(row.body);
        document.getElementById(COMPOSER_ID)?.focus();
      },
      sendAgain(row) {
        dismiss(room, row.messageId);
        send(row.body);
      },
      dismiss: (row) => dismiss(room, row.messageId),
    }),
    [room, send, dismiss, addToDraft],
  );
}
