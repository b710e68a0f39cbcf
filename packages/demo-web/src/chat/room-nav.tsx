/** The rooms of this tab with their unread counts, and a field to open another. */
import { useState, type SyntheticEvent } from 'react';
import { focusToMessages, focusToRooms, ROOMS_ID } from '../theme/hand-over-focus.ts';
import { cleanRoom, roomTitle } from './room-names.ts';
import { MAX_OPEN_ROOMS, type Rooms } from './rooms.ts';

interface Props {
  readonly rooms: Rooms;
  readonly onEnter: (room: string) => void;
  readonly onClose: (room: string) => void;
}

export function RoomNav({ rooms, onEnter, onClose }: Props) {
  return (
    <nav className="room-nav" aria-label="Rooms">
      <h2 className="nav-title">Rooms</h2>
      <ul id={ROOMS_ID} className="room-list" tabIndex={-1}>
        {rooms.order.map((room) => (
          <RoomItem
            key={room}
            room={room}
            unread={rooms.byName[room]?.unread ?? 0}
            isActive={room === rooms.active}
            isOnly={rooms.order.length === 1}
            onEnter={onEnter}
            onClose={onClose}
          />
        ))}
      </ul>
      {rooms.order.length < MAX_OPEN_ROOMS && <OpenRoom onOpen={onEnter} />}
    </nav>
  );
}

interface ItemProps extends Omit<Props, 'rooms'> {
  readonly room: string;
  readonly unread: number;
  readonly isActive: boolean;
  readonly isOnly: boolean;
}

function RoomItem({ room, unread, isActive, isOnly, onEnter, onClose }: ItemProps) {
  const title = roomTitle(room);
  return (
    <li className="room-item" data-active={isActive}>
      <button
        type="button"
        className="room-button"
        aria-current={isActive ? 'page' : undefined}
        data-testid="room"
        data-room={room}
        data-unread={unread}
        onClick={() => onEnter(room)}
      >
        <span className="room-name">{title}</span>
        {unread > 0 && (
          <span className="unread">
            {unread > 99 ? '99+' : unread}
            <span className="visually-hidden"> unread</span>
          </span>
        )}
      </button>
      {isActive && !isOnly && (
        <button
          ref={focusToRooms}
          type="button"
          className="icon-button"
          aria-label={`Leave ${title}`}
          onClick={() => onClose(room)}
          data-testid="leave-room"
        >
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
            <path d="M4 4l8 8M12 4l-8 8" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
          </svg>
        </button>
      )}
    </li>
  );
}

function OpenRoom({ onOpen }: { readonly onOpen: (room: string) => void }) {
  const [text, setText] = useState('');
  const room = cleanRoom(text);
  const isWrong = text.trim() !== '' && room === null;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (room === null) return;
    onOpen(room);
    setText('');
  };
  return (
    <form ref={focusToMessages} className="open-room" onSubmit={submit}>
      <label htmlFor="open-room">Open another room</label>
      <div className="open-room-field">
        <input
          id="open-room"
          value={text}
          maxLength={128}
          placeholder="team/plans"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? 'open-room-hint' : undefined}
          onChange={(event) => setText(event.target.value)}
          data-testid="open-room-input"
        />
        <button type="submit" className="quiet-button" disabled={room === null} data-testid="open-room">
          Open
        </button>
      </div>
      {isWrong && (
        <p id="open-room-hint" className="field-hint">
          Letters, digits and . : / ~ - _ only.
        </p>
      )}
    </form>
  );
}
