/** The left column: rooms, who one is, colours. A sheet on a phone. */
import { useEffect, useRef } from 'react';
import { ThemeToggle } from '../theme/theme-toggle.tsx';
import { RoomNav } from './room-nav.tsx';
import type { Rooms } from './rooms.ts';

interface Props {
  readonly rooms: Rooms;
  readonly user: string;
  /** On a phone, open above the conversation. */
  readonly isSheet: boolean;
  readonly onEnter: (room: string) => void;
  readonly onLeave: (room: string) => void;
  readonly onChangeName: () => void;
  readonly onClose: () => void;
}

export function Side({ rooms, user, isSheet, onEnter, onLeave, onChangeName, onClose }: Props) {
  const closer = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isSheet) closer.current?.focus();
  }, [isSheet]);
  return (
    <div id="side" className="side">
      <header className="side-head">
        <span className="wordmark">
          <span className="wordmark-knot" aria-hidden="true" />
          Holdline
        </span>
        <button
          ref={closer}
          type="button"
          className="icon-button side-close"
          aria-label="Close"
          onClick={onClose}
          data-testid="close-nav"
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M4 4l8 8M12 4l-8 8" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
          </svg>
        </button>
      </header>
      <RoomNav rooms={rooms} onEnter={onEnter} onClose={onLeave} />
      <section className="side-foot" aria-label="You">
        <p className="me" data-testid="me">
          <span>You are</span>
          {user}
        </p>
        <button type="button" className="quiet-button" onClick={onChangeName} data-testid="change-name">
          Change name
        </button>
        <ThemeToggle />
      </section>
    </div>
  );
}
