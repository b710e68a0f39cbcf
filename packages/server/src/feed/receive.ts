/**
 * Hop 6/8: from the bytes of an announcement to what the room is told. One place for both engines. What is not
 * sealed by an append of this deployment is never handed on as entries (G6.2).
 */
import type { RoomId } from '@holdline/protocol';
import { decodeAnnouncement } from '../log/announcement.ts';
import type { EngineObserver } from '../log/log-source.ts';
import type { LiveFeedHandlers } from './live-feed.ts';

export interface Receiver {
  readonly handlers: LiveFeedHandlers;
  readonly sealKey: string;
  readonly observe: EngineObserver;
}

export function receive({ handlers, sealKey, observe }: Receiver, room: RoomId, bytes: Buffer): void {
  const announcement = decodeAnnouncement(bytes, sealKey);
  switch (announcement.type) {
    case 'entries':
      handlers.onEntries(room, announcement.entries);
      return;
    case 'signal':
      handlers.onSignal(room, {
        event: announcement.event,
        sender: announcement.sender,
        data: announcement.data,
      });
      return;
    case 'foreign':
      observe({ name: 'foreign-announcement', room });
      handlers.onSuspect(room, 'foreign');
      return;
    case 'malformed':
      observe({ name: 'malformed-announcement', room });
      handlers.onSuspect(room, 'malformed');
  }
}
