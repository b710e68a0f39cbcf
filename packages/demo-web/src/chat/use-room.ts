/**
 * One room of the client, from the SDK's events to the page's. History is the last 50 messages for a
 * page that opens; within one page life the SDK goes on exactly where it was, so no saved cursor is needed.
 */
import { useEffect } from 'react';
import type { ChatClient, ChatSignal, Hole, Delivered, RoomStatus } from './events.ts';

const HISTORY = { last: 50 } as const;

export interface RoomListener {
  readonly onMessage: (room: string, message: Delivered) => void;
  readonly onGap: (room: string, gap: Hole) => void;
  readonly onStatus: (room: string, status: RoomStatus) => void;
  readonly onSignal: (room: string, signal: ChatSignal) => void;
}

/** `listener` must keep its identity: a new one leaves and joins again. */
export function useRoom(client: ChatClient, name: string, listener: RoomListener): void {
  useEffect(() => {
    const room = client.room(name, { since: HISTORY });
    const offs = [
      room.on('message', (message) => listener.onMessage(name, message)),
      room.on('gap', (gap) => listener.onGap(name, gap)),
      room.on('state', ({ current }) => listener.onStatus(name, current)),
      room.on('signal', (signal) => listener.onSignal(name, signal)),
    ];
    // A refusal is a state of the room too, and shown from there.
    room.join().catch(() => {});
    return () => {
      for (const off of offs) off();
      room.leave();
    };
  }, [client, name, listener]);
}

/** A room that is open but need not be on the page: nothing to see, everything received. */
export function RoomFeed({ client, name, listener }: { client: ChatClient; name: string; listener: RoomListener }) {
  useRoom(client, name, listener);
  return null;
}
