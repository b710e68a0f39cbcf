/** The conversation: a log for screen readers, a line with knots for the eye. */
import { memo, useEffect, useMemo, useState } from 'react';
import { focusToMessages, MESSAGES_ID } from '../theme/hand-over-focus.ts';
import { rowsOf } from './conversation.ts';
import { GapRow } from './gap-row.tsx';
import { MessageRow, type RowActions } from './message-row.tsx';
import { roomTitle } from './room-names.ts';
import type { RoomView } from './rooms.ts';
import { dayLabel, timelineOf, type TimelineItem } from './timeline.ts';
import { useToday } from './use-today.ts';
import { useStickToEnd } from './use-stick-to-end.ts';

interface Props {
  readonly room: string;
  readonly view: RoomView;
  readonly actions: RowActions;
}

/** Memoised: writing in the field below must not go through a thousand rows. */
export const MessageList = memo(function MessageList({ room, view, actions }: Props) {
  const { conversation, status, newAfter } = view;
  const items = useMemo(() => timelineOf(rowsOf(conversation), newAfter), [conversation, newAfter]);
  const { scroller, content, isAtEnd, toEnd } = useStickToEnd();
  const today = useToday();
  const below = useNewBelow(isAtEnd, conversation.received);
  useToEndOnOwn(conversation.pending.at(-1)?.key, toEnd);
  const isArriving = status === 'joining' || status === 'catching-up';
  return (
    <div className="conversation">
      <div
        ref={scroller}
        id={MESSAGES_ID}
        className="scroller"
        role="log"
        // Rows, and what went wrong with one; not each step of a mark.
        aria-relevant="additions"
        aria-label={`Messages in ${roomTitle(room)}`}
        aria-busy={isArriving}
        data-testid="messages"
        data-room={room}
        data-room-state={status}
        // A region that scrolls must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        <ol ref={content} className="rows">
          <Beginning view={view} />
          {items.map((item) => (
            <Item key={item.key} item={item} today={today} actions={actions} />
          ))}
        </ol>
      </div>
      {!isAtEnd && (
        <button
          ref={focusToMessages}
          type="button"
          className="pill"
          data-testid="to-newest"
          data-new={below}
          onClick={toEnd}
        >
          {below > 0 ? `${below} new message${below === 1 ? '' : 's'}` : 'To the newest'}{' '}
          <span aria-hidden="true">↓</span>
        </button>
      )}
    </div>
  );
});

function Item({ item, today, actions }: { item: TimelineItem; today: number; actions: RowActions }) {
  switch (item.kind) {
    case 'message':
      return <MessageRow row={item.row} isFollowUp={item.isFollowUp} actions={actions} />;
    case 'gap':
      return <GapRow row={item.row} />;
    case 'day':
      return (
        <li className="row separator" data-testid="day">
          <span>{dayLabel(item.at, today)}</span>
        </li>
      );
    case 'new':
      return (
        <li className="row separator new" data-testid="new-line">
          <span>New</span>
        </li>
      );
  }
}

/** What stands above the first row: an empty room, or how much lies before it. */
function Beginning({ view }: { view: RoomView }) {
  const { firstN, putAside, delivered, pending } = view.conversation;
  if (delivered.length === 0 && pending.length === 0) {
    const isLive = view.status === 'live' || view.status === 'degraded';
    return (
      <li className="empty" data-testid="empty-room">
        <p className="empty-title">{isLive ? 'Nothing here yet' : 'Opening the room…'}</p>
        <p>
          {isLive
            ? 'The first message of this room could be yours.'
            : 'Its newest messages appear as soon as the line is up.'}
        </p>
      </li>
    );
  }
  const before = (firstN ?? 1) - 1 + putAside;
  if (before <= 0) return null;
  return (
    <li className="beginning" data-testid="beginning">
      {before === 1 ? 'One earlier message is' : `${before.toLocaleString('en')} earlier messages are`} not shown here
    </li>
  );
}

/** How many messages came since the reader left the end of the list. */
function useNewBelow(isAtEnd: boolean, received: number): number {
  const [receivedOnLeaving, setReceivedOnLeaving] = useState<number | null>(null);
  if (isAtEnd && receivedOnLeaving !== null) setReceivedOnLeaving(null);
  if (!isAtEnd && receivedOnLeaving === null) setReceivedOnLeaving(received);
  return receivedOnLeaving === null ? 0 : Math.max(0, received - receivedOnLeaving);
}

/** Whoever sends a message wants to see it. */
function useToEndOnOwn(newest: string | undefined, toEnd: () => void): void {
  useEffect(() => {
    if (newest !== undefined) toEnd();
  }, [newest, toEnd]);
}
