/** The public surface as types: what an application sees of a client, its rooms and its outbox. */
import type { Cursor, ErrorCode, GapReason, Since, StreamId } from '@holdline/protocol';
import type { HoldlineError } from './errors.ts';
import type { CursorKeeper } from './room/cursor-store.ts';
import type { AnyRooms, EventsOf, RoomName, Sendable, Signalable } from './rooms.ts';

/** Takes back the registration that returned it. Calling it twice does nothing. */
export type Off = () => void;

// Connection

/**
 * `idle`: nothing was asked for yet. `connecting`: the first attempt. `connected`. `reconnecting`: lost or refused; it
 * comes back by itself. `offline`: the browser reports no network. `failed`: the server refused for good, or the token is
 * not accepted, or there is no WebSocket class; `connect()` and `join()` try again. `closed`: by `close()`, for ever.
 */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'closed' | 'failed';

/** What made the state change: the application, the network, or a code from the table of errors. */
export type StateReason = 'requested' | 'welcome' | 'retry' | 'lost' | 'online' | ErrorCode | (string & {});

export interface ConnectionStateEvent {
  readonly current: ConnectionState;
  readonly previous: ConnectionState;
  readonly reason: StateReason;
  /** When the next attempt starts, in ms from now; null when none is planned. */
  readonly retryInMs: number | null;
  /** What went wrong, when something did. */
  readonly error: HoldlineError | null;
}

/** Each listener in the order of registration. One that changes the state itself is ahead of those after it: they hear its change first. */
export interface ClientEvents {
  state: ConnectionStateEvent;
  /**
   * A handler or the keeper of a saved cursor threw, a frame made no sense, `auth` or the function `url` failed (each time), or the client failed for good (once
   * per failure). Without a listener these go to `console.error`.
   */
  error: HoldlineError;
  /** The browser refuses to store, for the reason in `cause`: the outbox goes on in memory, and does not survive a reload. */
  'storage-degraded': HoldlineError;
}

export interface CloseOptions {
  /** Wait until the outbox is empty, at most `timeoutMs`. @defaultValue false */
  readonly flush?: boolean;
  /** @defaultValue 10_000 */
  readonly timeoutMs?: number;
}

/** A line to Holdline: one connection, one outbox, any number of rooms, one user. */
export interface Client<Rooms = AnyRooms> {
  readonly state: ConnectionState;
  /** The user that the server sees; null when anonymous or not known yet. */
  readonly user: string | null;
  /** The server instance at the other end; null while not connected. */
  readonly instance: string | null;
  readonly outbox: Outbox;
  /**
   * Opens the connection, now rather than after the backoff, if it is not open. Resolves once connected; goes on through
   * failures that pass. Calling it is optional: the first join or publish connects.
   * @throws HoldlineError `closed`, or what made the client fail.
   */
  connect(): Promise<void>;
  /** Ends the client for good; once it has resolved, no timer is left. What is in the outbox stays in the browser's storage for the next client. */
  close(options?: CloseOptions): Promise<void>;
  /**
   * The handle of a room; the same one for the same name, whose first options hold. Does not join.
   * @throws HoldlineError `bad_room`
   */
  room<Name extends RoomName<Rooms>>(name: Name, options?: RoomOptions): Room<EventsOf<Rooms, Name>>;
  on<E extends keyof ClientEvents>(event: E, handler: (event: ClientEvents[E]) => void): Off;
}

// Rooms

/**
 * `left`: not asked for. `joining`: asked, no answer yet, or waiting for the connection, also for that of a failed client. `catching-up`: stored messages
 * arrive. `live`: up to date. `degraded`: a member, but the server has no storage just now or asked to try again
 * later. `denied`: refused for good; `join()` asks again.
 */
export type RoomState = 'left' | 'joining' | 'catching-up' | 'live' | 'degraded' | 'denied';

export interface RoomOptions {
  /**
   * Where the first join starts: with the next message, the oldest kept one, the last `k`, or after a cursor.
   * Later joins go on after the last message. @defaultValue 'live'
   */
  readonly since?: Since | (string & {});
  /** Goes on after a reload where this page was: `savedCursor()`. Stands above `since` once there is a saved cursor. */
  readonly persist?: CursorKeeper;
}

export interface RoomStateEvent {
  readonly current: RoomState;
  readonly previous: RoomState;
  /** Why it was refused, removed or degraded. */
  readonly error: HoldlineError | null;
}

interface MessageBase {
  readonly id: StreamId;
  /** Counts the messages of the room from 1. */
  readonly n: number;
  /** Stands for "after this message" in `since`. */
  readonly cursor: Cursor;
  /** Who published, stamped by the server; null for an anonymous user or the application's back end. */
  readonly sender: string | null;
  readonly messageId: string;
  /** When it was stored, by the clock of Redis, in ms since 1970. */
  readonly at: number;
  /** True for history: it was stored before the join that brought it. */
  readonly replayed: boolean;
}

/** A stored message, told apart by `event`. Each comes once, in the order of the room. */
export type Message<Events = Record<string, unknown>> = {
  [Event in keyof Events & string]: MessageBase & { readonly event: Event; readonly data: Events[Event] };
}[keyof Events & string];

/** A volatile message, told apart by `event`. */
export type Signal<Events = Record<string, unknown>> = {
  [Event in keyof Events & string]: {
    readonly event: Event;
    readonly data: Events[Event];
    readonly sender: string | null;
  };
}[keyof Events & string];

/** Messages that cannot be delivered. Told once, before any newer message. */
export interface Gap {
  /** Exclusive. */
  readonly from: StreamId;
  /** Inclusive; null when the end is not known. */
  readonly to: StreamId | null;
  /** How many; null when that is not known. */
  readonly missed: number | null;
  readonly reason: GapReason;
  /** Delivery goes on after this. */
  readonly next: Cursor;
}

export interface RoomEvents<Events> {
  message: Message<Events>;
  gap: Gap;
  signal: Signal<Events>;
  state: RoomStateEvent;
}

export interface PublishOptions {
  /** The idempotency key: the same ID is stored once. @defaultValue a random one */
  readonly messageId?: string;
  /**
   * Before the first send an abort withdraws the message; later it only rejects the promise. So it does while another tab may be
   * sending it: for a page that slept until it has the message back, for a failed client until it is let in.
   */
  readonly signal?: AbortSignal;
}

export interface PublishResult {
  readonly id: StreamId;
  readonly messageId: string;
  /** True when an earlier send had been stored already. */
  readonly duplicate: boolean;
}

/**
 * One room. Delivery starts with the first `message` handler: until then the cursor stands still. Handlers are started in
 * order, and nobody waits for what they await; one that throws or rejects is reported by the client's `error` event, and delivery goes on.
 */
export interface Room<Events = Record<string, unknown>> {
  readonly name: string;
  readonly state: RoomState;
  /** After the last message or gap that was handed to the handlers; null before there is a place. */
  readonly cursor: Cursor | null;
  /**
   * Becomes a member and stays one through reconnects until `leave`. Resolves once everything stored has been received.
   * Repeating it while joined joins no second time. A rejection is an event as well (`state`), so the promise may be ignored.
   * A client that fails rejects it, too; its rooms stay `joining`, and the next `join()` or `connect()` tries again for all of them.
   * @throws HoldlineError `forbidden` and the other codes of a refusal, what made the client fail, `left`, `closed`, and
   * `message_too_large` where `since` is longer than a frame may be: then the room is left.
   */
  join(): Promise<void>;
  /** Ends the membership. The cursor stays: a later `join` goes on there. */
  leave(): void;
  on<E extends keyof RoomEvents<Events>>(
    event: E,
    handler: (event: RoomEvents<Events>[E]) => void | Promise<void>,
  ): Off;
  /**
   * Stores a message in the room. It is in the outbox before it is sent, goes out in order, and is sent again until it has a
   * final answer, through reconnects and reloads. `Uint8Array` and `ArrayBuffer` travel as binary. Other data
   * travels as JSON; what JSON would lose or change without a word (maps, sets, bytes inside other data, functions) is `bad_data`, and
   * its `cause` says what. Resolves once it is stored.
   * While the client has failed, it stays in the outbox and its promise pending, until the client is let in or closed, or another
   * tab of the user has sent it.
   * What ends a message that was accepted is an event of the outbox as well, so that its promise may be ignored.
   * @throws HoldlineError not accepted: `bad_event`, `bad_message_id`, `bad_data`, `message_too_large`, `outbox_full`,
   * `aborted`, `message_id_conflict` (one with this ID waits in this room), `closed`. Accepted, and given up: `aborted`, `cleared`,
   * `poison`, or the code with which the server refused it for good. Not known whether it was stored: `beyond_window`. Still in
   * the outbox, and the next client's to send: `closed`.
   */
  publish<Event extends keyof Events & string>(
    event: Event,
    data: Sendable<Events[Event]>,
    options?: PublishOptions,
  ): Promise<PublishResult>;
  /**
   * Tells the members that are live now. Not stored, not repeated; dropped while this client is not a member.
   * Signals carry JSON, and it is not looked at: bytes have no place in one, and a map arrives as an empty object.
   * @throws HoldlineError `message_too_large`
   */
  signal<Event extends keyof Events & string>(event: Event, data: Signalable<Events[Event]>): void;
}

// Outbox

/** `queued`: kept, and will be sent. `sent`: waits for its answer. */
export type OutboxItemState = 'queued' | 'sent';

export interface OutboxItem {
  readonly messageId: string;
  readonly room: string;
  readonly event: string;
  readonly data: unknown;
  readonly state: OutboxItemState;
}

export interface StoredItem extends OutboxItem {
  readonly id: StreamId;
  readonly duplicate: boolean;
}

export interface FailedItem extends OutboxItem {
  readonly error: HoldlineError;
}

export interface OutboxEvents {
  /** Kept for sending; again after a refusal that passes, and after a lost connection. */
  queued: OutboxItem;
  sent: OutboxItem;
  stored: StoredItem;
  /** Certainly not stored by this send; it will not be sent again. */
  rejected: FailedItem;
  /** Whether it was stored cannot be told; it will not be sent again by itself. */
  unknown: FailedItem;
}

/**
 * What this page has published, or has taken over from a closed one of the same user, and has no final answer yet. A message ID
 * that two tabs have published may be in it twice; it is stored once.
 */
export interface Outbox {
  readonly size: number;
  readonly items: readonly OutboxItem[];
  on<E extends keyof OutboxEvents>(event: E, handler: (item: OutboxEvents[E]) => void): Off;
  /** For signing out: forgets every unsent message of this user in this browser. Their promises reject with `cleared`. */
  clear(): Promise<void>;
}
