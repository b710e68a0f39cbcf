/** The head of the conversation: room, state of the line, server instance, and the way to the drawers. */
import type { Ref } from 'react';
import { InstanceBadge } from '../line/instance-badge.tsx';
import { roomTitle } from './room-names.ts';

interface Props {
  readonly room: string;
  readonly instanceName: string;
  readonly instance: string | null;
  readonly unreadElsewhere: number;
  readonly isNavOpen: boolean;
  readonly isDrawerOpen: boolean;
  readonly navOpener: Ref<HTMLButtonElement>;
  readonly drawerOpener: Ref<HTMLButtonElement>;
  readonly onNav: () => void;
  readonly onDrawer: () => void;
}

export function RoomHeader({
  room,
  instanceName,
  instance,
  unreadElsewhere,
  isNavOpen,
  isDrawerOpen,
  navOpener,
  drawerOpener,
  onNav,
  onDrawer,
}: Props) {
  return (
    <header className="room-header">
      <button
        ref={navOpener}
        type="button"
        className="icon-button nav-opener"
        aria-expanded={isNavOpen}
        aria-controls="side"
        aria-label={unreadElsewhere > 0 ? `Rooms, ${unreadElsewhere} unread` : 'Rooms'}
        onClick={onNav}
        data-testid="open-nav"
      >
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M3 5.5h14M3 10h14M3 14.5h9" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
        </svg>
        {unreadElsewhere > 0 && <span className="nav-dot" aria-hidden="true" />}
      </button>
      <h1 className="room-title" data-testid="room-title">
        {roomTitle(room)}
      </h1>
      <InstanceBadge name={instanceName} instance={instance} />
      <button
        ref={drawerOpener}
        type="button"
        className="break-opener"
        aria-expanded={isDrawerOpen}
        aria-controls="break-it"
        onClick={onDrawer}
        data-testid="open-drawer"
      >
        Break it
      </button>
    </header>
  );
}
