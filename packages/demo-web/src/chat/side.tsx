/** The left column: rooms, who one is, colours. A sheet on a phone. */
import { ThemeToggle } from '../theme/theme-toggle.tsx';
import { RoomNav } from './room-nav.tsx';
import type { Rooms } from './rooms.ts';

interface Props {
  readonly rooms: Rooms;
  readonly user: string;
  readonly onEnter: (room: string) => void;
  readonly onLeave: (room: string) => void;
  readonly onChangeName: () => void;
  readonly onClose: () => void;
}

export function Side({ rooms, user, onEnter, onLeave, onChangeName, onClose }: Props) {
  return (
    <div id="side" className="side">
      <div className="side-head">
        <span className="wordmark">
          <span className="wordmark-knot" aria-hidden="true" />
          Holdline
        </span>
        <button
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
      </div>
      <RoomNav rooms={rooms} onEnter={onEnter} onClose={onLeave} />
      <div className="side-foot">
        <p className="me" data-testid="me">
          <span>You are</span>
          {user}
        </p>
        <button type="button" className="quiet-button" onClick={onChangeName} data-testid="change-name">
          Change name
        </button>
        <ThemeToggle />
      </div>
    </div>
  );
}
