/** The SDK's events as this chat uses them: one map of rooms, whose types then hold everywhere. */
import type { Client, ConnectionState, Gap, Message, RoomState, Signal } from '@holdline/client';

/** What members of a chat room send each other. */
export interface ChatEvents {
  text: { body: string };
  /** A signal: never stored. */
  typing: { isTyping: boolean };
}

/** Visitors open rooms of any name. */
export interface ChatRooms {
  '*': ChatEvents;
}

export type ChatClient = Client<ChatRooms>;
export type ChatSignal = Signal<ChatEvents>;
export type Delivered = Pick<Message, 'id' | 'n' | 'messageId' | 'sender' | 'event' | 'data' | 'at'>;
export type Hole = Gap;
export type RoomStatus = RoomState;
export type ConnectionStatus = ConnectionState;
export type OutboxChange = 'queued' | 'sent' | 'stored' | 'rejected' | 'unknown';

/** An outbox item with what its last event added: the stream ID, or the code of what went wrong. */
export interface Pending {
  readonly messageId: string;
  readonly event: string;
  readonly data: unknown;
  readonly id?: string;
  readonly code?: string;
}
