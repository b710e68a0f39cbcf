/** Everything that the chat screen shows and does, put together from the hooks that each know one thing. */
import { useCallback, useMemo, useState } from 'react';
import type { Instance } from '../config.ts';
import { createLine } from '../line/breakable-socket.ts';
import { createRoute } from '../line/route.ts';
import { useBlocked } from '../line/use-blocked.ts';
import { useLineActions, type LineActions } from '../line/use-line-actions.ts';
import type { RowActions } from './message-row.tsx';
import { publishText } from './publish-text.ts';
import type { Rooms } from './rooms.ts';
import type { SessionView } from './session.ts';
import { useDrafts } from './use-drafts.ts';
import type { RoomListener } from './use-room.ts';
import { useRooms } from './use-rooms.ts';
import { useRowActions } from './use-row-actions.ts';
import { useSession } from './use-session.ts';
import { useTellTyping, useTyping } from './use-typing.ts';

export interface ChatOptions {
  readonly user: string;
  readonly instances: readonly Instance[];
  readonly wishedInstance: string | null;
  readonly wishedRoom: string | null;
}

export interface Chat {
  /** The line as it is now. */
  readonly now: SessionView;
  readonly rooms: Rooms;
  readonly listener: RoomListener;
  readonly isBlocked: boolean;
  /** Short name of the instance that a move would go to; null with only one. */
  readonly otherName: string | null;
  readonly draft: string;
  /** Names of those who write in the room on the page. */
  readonly writing: readonly string[];
  readonly lineActions: LineActions;
  readonly rowActions: RowActions;
  readonly enter: (room: string) => void;
  readonly leave: (room: string) => void;
  readonly write: (text: string) => void;
  readonly send: (body: string) => void;
}

export function useChat({ user, instances, wishedInstance, wishedRoom }: ChatOptions): Chat {
  const [line] = useState(() => createLine());
  const [route] = useState(() => createRoute(instances, wishedInstance));
  const control = useRooms(user, wishedRoom);
  const { rooms, onOutbox, onConnection } = control;
  const [session, now] = useSession({ user, line, route, onOutbox, onConnection });
  const { client } = now;
  const { active } = rooms;
  const typing = useTyping();
  const tellTyping = useTellTyping(client, active);
  const drafts = useDrafts(active);
  const send = useCallback(
    (body: string) => {
      if (client !== null) publishText(client, active, body, onOutbox);
    },
    [client, active, onOutbox],
  );
  return {
    now,
    rooms,
    listener: useListener(control.listener, typing.onTyping, user),
    isBlocked: useBlocked(line),
    otherName: route.other?.name ?? null,
    draft: drafts.draft,
    writing: typing.typists.filter(({ room }) => room === active).map(({ name }) => name),
    lineActions: useLineActions(line, route, client, send, session.note),
    rowActions: useRowActions(active, send, control.dismiss, drafts.add),
    enter: control.enter,
    leave: control.close,
    write(text) {
      drafts.set(text);
      tellTyping(text);
    },
    send(body) {
      send(body);
      drafts.set('');
      tellTyping('');
    },
  };
}

/** The rooms' listener, with the typing indicator listening in. Keeps its identity. */
function useListener(
  inner: Omit<RoomListener, 'onSignal'>,
  onTyping: (room: string, name: string, isTyping: boolean) => void,
  user: string,
): RoomListener {
  return useMemo<RoomListener>(
    () => ({
      ...inner,
      onMessage(room, message) {
        inner.onMessage(room, message);
        if (message.sender !== null) onTyping(room, message.sender, false);
      },
      onSignal(room, { event, sender, data }) {
        if (event !== 'typing' || sender === null || sender === user) return;
        // Whoever may signal may send anything.
        onTyping(room, sender, Object(data).isTyping === true);
      },
    }),
    [inner, onTyping, user],
  );
}
