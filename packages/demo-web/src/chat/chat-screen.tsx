/** The chat on the page: rooms to the left, the conversation, the drawer to the right; sheets on a phone. */
import { useEffect } from 'react';
import { Banner } from '../line/banner.tsx';
import { BreakItDrawer } from '../line/break-it-drawer.tsx';
import { COMPOSER_ID } from '../theme/hand-over-focus.ts';
import { useDisclosure } from '../theme/use-disclosure.ts';
import { useIsWide } from '../theme/use-wide.ts';
import { Composer } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { RoomHeader } from './room-header.tsx';
import { roomTitle } from './room-names.ts';
import { Side } from './side.tsx';
import { typingWords } from './typing.ts';
import { useChat, type ChatOptions } from './use-chat.ts';
import { RoomFeed } from './use-room.ts';

interface Props extends ChatOptions {
  readonly onChangeName: () => void;
}

export function ChatScreen({ onChangeName, ...options }: Props) {
  const chat = useChat(options);
  const { now, rooms, lineActions } = chat;
  const { client } = now;
  const { active } = rooms;
  const view = rooms.byName[active];
  const nav = useDisclosure();
  const drawer = useDisclosure();
  const isNavSheet = !useIsWide() && nav.isOpen;
  const unread = rooms.order.reduce((sum, room) => sum + (rooms.byName[room]?.unread ?? 0), 0);
  useTitle(active, unread);
  if (view === undefined) return null;

  const enter = (room: string): void => {
    chat.enter(room);
    if (isNavSheet) nav.close();
  };
  return (
    <>
      <a className="skip-link" href={`#${COMPOSER_ID}`}>
        Skip to writing
      </a>
      <div className="app" data-nav={isNavSheet ? 'open' : 'closed'} data-drawer={drawer.isOpen ? 'open' : 'closed'}>
        {client !== null &&
          rooms.order.map((room) => <RoomFeed key={room} client={client} name={room} listener={chat.listener} />)}
        <Side
          rooms={rooms}
          user={options.user}
          isSheet={isNavSheet}
          onEnter={enter}
          onLeave={chat.leave}
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
            unreadElsewhere={unread}
            isNavOpen={isNavSheet}
            isDrawerOpen={drawer.isOpen}
            navOpener={nav.opener}
            drawerOpener={drawer.opener}
            onNav={nav.toggle}
            onDrawer={drawer.toggle}
          />
          <div className="strip" data-state={now.state} aria-hidden="true" />
          <Banner line={now} room={view.status} caughtUp={rooms.caughtUp} onRetry={lineActions.retry} />
          <MessageList key={active} room={active} view={view} actions={chat.rowActions} />
          <div className="foot">
            <p className="typing" data-testid="typing">
              {typingWords(chat.writing)}
            </p>
            {!now.isStorageSafe && (
              <p className="storage-note" data-testid="storage-note">
                This browser keeps nothing for this page: what is not sent yet ends with the tab.
              </p>
            )}
            <Composer
              room={active}
              draft={chat.draft}
              isDisabled={client === null || view.status === 'denied'}
              onDraft={chat.write}
              onSend={chat.send}
            />
          </div>
        </main>
        {drawer.isOpen && (
          <BreakItDrawer
            actions={lineActions}
            isBlocked={chat.isBlocked}
            otherName={chat.otherName}
            waiting={now.waiting}
            log={now.log}
            proof={view.conversation}
            isBehindSheet={isNavSheet}
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
