/** The chat itself: wires client, rooms, outbox and line together, and lays them out. */
import { useEffect, useMemo, useState } from 'react';
import type { Instance } from '../config.ts';
import { Banner } from '../line/banner.tsx';
import { BreakItDrawer } from '../line/break-it-drawer.tsx';
import { createLine } from '../line/breakable-socket.ts';
import { createRoute } from '../line/route.ts';
import { useBlocked } from '../line/use-blocked.ts';
import { useLineActions } from '../line/use-line-actions.ts';
import { useDisclosure } from '../theme/use-disclosure.ts';
import { useIsWide } from '../theme/use-wide.ts';
import { Composer } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { RoomHeader } from './room-header.tsx';
import { roomTitle } from './room-names.ts';
import { Side } from './side.tsx';
import { typingWords } from './typing.ts';
import { useDrafts } from './use-drafts.ts';
import { RoomFeed, type RoomListener } from './use-room.ts';
import { useRooms } from './use-rooms.ts';
import { useRowActions } from './use-row-actions.ts';
import { useSession } from './use-session.ts';
import { useTellTyping, useTyping } from './use-typing.ts';

interface Props {
  readonly user: string;
  readonly instances: readonly Instance[];
  readonly wishedInstance: string | null;
  readonly wishedRoom: string | null;
  readonly onChangeName: () => void;
}

export function ChatScreen({ user, instances, wishedInstance, wishedRoom, onChangeName }: Props) {
  const [line] = useState(() => createLine());
  const [route] = useState(() => createRoute(instances, wishedInstance));
  const isBlocked = useBlocked(line);
  const { rooms, listener, onOutbox, onConnection, enter, close, dismiss } = useRooms(user, wishedRoom);
  const [session, now] = useSession({ user, line, route, onOutbox, onConnection });
  const { client } = now;
  const { typists, onTyping } = useTyping();
  const { active } = rooms;
  const view = rooms.byName[active];
  const actions = useLineActions(line, route, client, active, session.note);
  const drafts = useDrafts(active);
  const rowActions = useRowActions(client, active, dismiss, drafts.add);
  const tellTyping = useTellTyping(client, active);
  const nav = useDisclosure();
  const drawer = useDisclosure();
  const isNavSheet = !useIsWide() && nav.isOpen;

  const unreadElsewhere = rooms.order.reduce((sum, room) => sum + (rooms.byName[room]?.unread ?? 0), 0);
  useTitle(active, unreadElsewhere);

  const roomListener = useMemo<RoomListener>(
    () => ({
      ...listener,
      onMessage(room, message) {
        listener.onMessage(room, message);
        if (message.sender !== null) onTyping(room, message.sender, false);
      },
      onSignal(room, { event, sender, data }) {
        if (event !== 'typing' || sender === null || sender === user) return;
        onTyping(room, sender, Object(data).isTyping === true);
      },
    }),
    [listener, onTyping, user],
  );

  const send = (body: string): void => {
    // Refusals come as events of the outbox and are shown on the message.
    client
      ?.room(active)
      .publish('text', { body })
      .catch(() => {});
    drafts.set('');
  };
  const writing = typists.filter((typist) => typist.room === active).map((typist) => typist.name);
  if (view === undefined) return null;
  return (
    <>
      <a className="skip-link" href="#composer">
        Skip to writing
      </a>
      <div className="app" data-nav={isNavSheet ? 'open' : 'closed'} data-drawer={drawer.isOpen ? 'open' : 'closed'}>
        {client !== null &&
          rooms.order.map((room) => <RoomFeed key={room} client={client} name={room} listener={roomListener} />)}
        <Side
          rooms={rooms}
          user={user}
          onEnter={(room) => {
            enter(room);
            if (isNavSheet) nav.close();
          }}
          onLeave={close}
          onChangeName={onChangeName}
          onClose={nav.close}
        />
        {isNavSheet && (
          <button type="button" className="scrim" aria-label="Close rooms" tabIndex={-1} onClick={nav.close} />
        )}
        <main className="main" inert={isNavSheet}>
          <RoomHeader
            room={active}
            instanceName={now.instanceName}
            instance={now.instance}
            unreadElsewhere={unreadElsewhere}
            isNavOpen={isNavSheet}
            isDrawerOpen={drawer.isOpen}
            navOpener={nav.opener}
            drawerOpener={drawer.opener}
            onNav={nav.toggle}
            onDrawer={drawer.toggle}
          />
          <div className="strip" data-state={now.state} aria-hidden="true" />
          <Banner line={now} room={view.status} caughtUp={rooms.caughtUp} onRetry={actions.retry} />
          <MessageList room={active} view={view} actions={rowActions} />
          <div className="foot">
            <p className="typing" data-testid="typing" aria-live="off">
              {typingWords(writing)}
            </p>
            <Composer
              room={active}
              draft={drafts.draft}
              hint={now.state === 'offline' ? 'Kept on this device until you are back.' : null}
              isDisabled={client === null || view.status === 'denied'}
              onDraft={(text) => {
                drafts.set(text);
                tellTyping(text);
              }}
              onSend={send}
            />
          </div>
        </main>
        {drawer.isOpen && (
          <BreakItDrawer
            actions={actions}
            isBlocked={isBlocked}
            otherName={route.other?.name ?? null}
            waiting={now.waiting}
            log={now.log}
            proof={view.conversation}
            onClose={drawer.close}
          />
        )}
      </div>
    </>
  );
}

function useTitle(room: string, unread: number): void {
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${roomTitle(room)} · Holdline`;
  }, [room, unread]);
}
