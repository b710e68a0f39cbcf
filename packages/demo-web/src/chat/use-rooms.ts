/** The rooms of this tab: the reducer, what feeds it, and what of it outlives the page. */
import { useCallback, useEffect, useMemo, useReducer, useRef } from 'react';
import { recallJson, remember } from '../storage.ts';
import type { ConversationEvent } from './conversation.ts';
import { cleanRoom, FIRST_ROOMS } from './room-names.ts';
import { emptyRooms, reduceRooms, type Rooms, type RoomsEvent } from './rooms.ts';
import type { RoomListener } from './use-room.ts';

export interface RoomsControl {
  readonly rooms: Rooms;
  /** For `useRoom` and the session; these keep their identity. */
  readonly listener: Omit<RoomListener, 'onSignal'>;
  readonly onOutbox: (room: string, event: ConversationEvent) => void;
  readonly onConnection: (isConnected: boolean) => void;
  /** Opens the room if it is not, and puts it on the page. */
  readonly enter: (room: string) => void;
  readonly close: (room: string) => void;
  readonly dismiss: (room: string, messageId: string) => void;
}

const CAUGHT_UP_MS = 6_000;

const isVisible = (): boolean => document.visibilityState === 'visible';

export function useRooms(me: string, wished: string | null): RoomsControl {
  const [rooms, dispatch] = useReducer(reduceRooms, null, () => {
    const open = savedRooms();
    return emptyRooms(me, open, wished ?? open[0] ?? FIRST_ROOMS[0], (room) => savedMark(me, room));
  });
  useSaved(rooms);
  useCaughtUpSeen(rooms.caughtUp, dispatch);

  useEffect(() => {
    const look = (): void => {
      if (isVisible()) dispatch({ type: 'looked' });
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);

  const happened = useCallback(
    (room: string, event: ConversationEvent) => dispatch({ type: 'happened', room, event, isVisible: isVisible() }),
    [],
  );
  const listener = useMemo(
    () => ({
      onMessage: (room: string, message: Parameters<RoomListener['onMessage']>[1]) =>
        happened(room, { type: 'message', message }),
      onGap: (room: string, gap: Parameters<RoomListener['onGap']>[1]) => happened(room, { type: 'gap', gap }),
      onStatus: (room: string, status: Parameters<RoomListener['onStatus']>[1]) =>
        dispatch({ type: 'status', room, status }),
    }),
    [happened],
  );
  const enter = useCallback(
    (room: string) => {
      dispatch({ type: 'opened', room, readUpTo: savedMark(me, room) });
      dispatch({ type: 'entered', room });
    },
    [me],
  );
  const close = useCallback((room: string) => dispatch({ type: 'closed', room }), []);
  const dismiss = useCallback(
    (room: string, messageId: string) => happened(room, { type: 'dismissed', messageId }),
    [happened],
  );
  const onConnection = useCallback((isConnected: boolean) => dispatch({ type: 'connection', isConnected }), []);
  return { rooms, listener, onOutbox: happened, onConnection, enter, close, dismiss };
}

function savedRooms(): readonly string[] {
  const saved = recallJson('rooms');
  const names = Array.isArray(saved)
    ? saved.filter((name) => typeof name === 'string' && cleanRoom(name) === name)
    : [];
  return names.length > 0 ? (names as string[]) : FIRST_ROOMS;
}

function savedMark(me: string, room: string): number | null {
  const mark = recallJson(`read:${me}:${room}`);
  return typeof mark === 'number' && Number.isSafeInteger(mark) ? mark : null;
}

/** The list of open rooms, and for each how far it was read. */
function useSaved({ me, order, byName }: Rooms): void {
  const saved = useRef(new Map<string, number>());
  useEffect(() => {
    remember('rooms', JSON.stringify(order));
  }, [order]);
  useEffect(() => {
    for (const room of order) {
      const mark = byName[room]?.readUpTo ?? null;
      if (mark === null || mark === saved.current.get(room)) continue;
      saved.current.set(room, mark);
      remember(`read:${me}:${room}`, String(mark));
    }
  }, [me, order, byName]);
}

/** The good news stays for a moment. */
function useCaughtUpSeen(caughtUp: Rooms['caughtUp'], dispatch: (event: RoomsEvent) => void): void {
  useEffect(() => {
    if (caughtUp === null) return undefined;
    const timer = setTimeout(() => dispatch({ type: 'caught-up-seen' }), CAUGHT_UP_MS);
    return () => clearTimeout(timer);
  }, [caughtUp, dispatch]);
}
