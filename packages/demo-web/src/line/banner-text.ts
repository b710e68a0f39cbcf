/** What the banner says, pure: one sentence on what is the case, one on what it means for the reader. */
import type { ConnectionStatus, RoomStatus } from '../chat/events.ts';

export type BannerState = ConnectionStatus | 'degraded' | 'denied' | 'restored';

export interface BannerWords {
  readonly state: BannerState;
  readonly title: string;
  readonly detail: string;
  readonly canRetry: boolean;
}

/** Null when all is well and there is nothing to say. */
export function bannerWords(connection: ConnectionStatus, room: RoomStatus, waiting: number): BannerWords | null {
  switch (connection) {
    case 'idle':
      return null;
    case 'connecting':
      return { state: connection, title: 'Connecting…', detail: kept(waiting), canRetry: false };
    case 'reconnecting':
      return {
        state: connection,
        title: 'The line dropped.',
        detail: `What you miss comes through when it is back. ${kept(waiting)}`.trim(),
        canRetry: true,
      };
    case 'offline':
      return {
        state: connection,
        title: 'You are offline.',
        detail: waiting > 0 ? kept(waiting) : 'Go on writing: it is kept on this device and sent when you are back.',
        canRetry: true,
      };
    case 'failed':
      return {
        state: connection,
        title: 'The server turned this page away.',
        detail: `It will not try again by itself. ${kept(waiting)}`.trim(),
        canRetry: true,
      };
    case 'closed':
      return {
        state: connection,
        title: 'The chat is closed.',
        detail: 'Reload the page to come back.',
        canRetry: false,
      };
    case 'connected':
      return roomWords(room);
  }
}

function roomWords(room: RoomStatus): BannerWords | null {
  switch (room) {
    case 'degraded':
      return {
        state: 'degraded',
        title: 'The server cannot reach its store.',
        detail: 'You stay connected. Messages wait and go through when the store is back.',
        canRetry: false,
      };
    case 'denied':
      return { state: 'denied', title: 'You may not enter this room.', detail: 'Choose another one.', canRetry: false };
    case 'joining':
    case 'catching-up':
    case 'live':
    case 'left':
      return null;
  }
}

function kept(waiting: number): string {
  if (waiting === 0) return '';
  return waiting === 1 ? '1 message waits on this device.' : `${waiting} messages wait on this device.`;
}

/** The good news after an interruption; a gap is not glossed over. */
export function restoredWords({ arrived, gaps }: { arrived: number; gaps: number }): BannerWords {
  const came = arrived === 1 ? '1 message came meanwhile.' : `${arrived} messages came meanwhile.`;
  const gone = 'Some of what you missed is gone: the conversation shows where.';
  const detail = gaps > 0 ? gone : arrived === 0 ? 'You missed nothing.' : `${came} Nothing is missing.`;
  return { state: 'restored', title: 'The line is back.', detail, canRetry: false };
}
