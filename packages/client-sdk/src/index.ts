/** The Holdline client: an outbox, a connection that comes back, and rooms that miss nothing. */
export type {
  Client,
  ClientEvents,
  CloseOptions,
  ConnectionState,
  ConnectionStateEvent,
  FailedItem,
  Gap,
  Message,
  Off,
  Outbox,
  OutboxEvents,
  OutboxItem,
  OutboxItemState,
  PublishOptions,
  PublishResult,
  Room,
  RoomEvents,
  RoomOptions,
  RoomState,
  RoomStateEvent,
  Signal,
  StateReason,
  StoredItem,
} from './api.ts';
export { createClient } from './client.ts';
export { HoldlineError, type ErrorDetail, type HoldlineErrorOptions } from './errors.ts';
export type { BackoffOptions, ClientOptions, OutboxLimits, WebSocketClass, WebSocketLike } from './options.ts';
export { memoryOutboxStores } from './outbox/memory-outbox-store.ts';
export type { OutboxRecord, OutboxStore, StoredOutcome } from './outbox/outbox-store.ts';
export {
  localStorageCursors,
  memoryCursors,
  savedCursor,
  type CursorKeeper,
  type CursorStore,
} from './room/cursor-store.ts';
export type { AnyRooms, EventsOf, RoomName, Sendable, Signalable } from './rooms.ts';
export type { Cursor, ErrorCode, GapReason, RetryVerdict, Since, StreamId } from '@holdline/protocol';
