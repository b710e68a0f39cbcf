/** Frames from client to server, one interface a type. docs/PROTOCOL.md tells the effect of each. */
import type { Cursor } from './cursor.ts';
import type { MessageId, RoomId, UserId } from './ids.ts';
import type { StreamId } from './stream-id.ts';

/** Where a join starts: at the next message, at the oldest kept one, at the last `k`, or after a cursor. */
export type Since = 'live' | 'start' | { readonly last: number } | Cursor | StreamId;

export interface JoinRequest {
  readonly room: RoomId;
  /** Default `live`. */
  readonly since?: Since;
  /** Older cursors of this client in this room, newest first, to find the fork if history was rewritten. */
  readonly recent?: readonly Cursor[];
  /** Echoed in the answer, so that a client can tell the answers of two joins apart. */
  readonly ref?: number;
}

export interface HelloFrame {
  readonly type: 'hello';
  /** New for each page load. */
  readonly client: string;
  readonly token?: string;
  /** The name asked for where the server is in open mode; a server that authenticates ignores it. */
  readonly user?: UserId;
  readonly joins?: readonly JoinRequest[];
}

export interface AuthFrame {
  readonly type: 'auth';
  readonly token: string;
}

export interface JoinFrame extends JoinRequest {
  readonly type: 'join';
}

export interface LeaveFrame {
  readonly type: 'leave';
  readonly room: RoomId;
}

export interface PublishFrame {
  readonly type: 'publish';
  readonly room: RoomId;
  readonly event: string;
  readonly messageId: MessageId;
  /** Any JSON value; absent when `base64` carries a binary payload. */
  readonly data?: unknown;
  readonly base64?: string;
  /** True when this message was sent before and its answer did not arrive. */
  readonly retry?: boolean;
  /** Server time in ms (counted on from welcome.time) just before the first send. */
  readonly firstSentAt?: number;
}

export interface WithdrawFrame {
  readonly type: 'withdraw';
  readonly room: RoomId;
  /** A publish that was refused as retryable and will not come back. */
  readonly messageId: MessageId;
}

export interface SignalFrame {
  readonly type: 'signal';
  readonly room: RoomId;
  readonly event: string;
  readonly data: unknown;
}

export interface PingFrame {
  readonly type: 'ping';
}

export interface PongFrame {
  readonly type: 'pong';
}

export type ClientFrame =
  | HelloFrame
  | AuthFrame
  | JoinFrame
  | LeaveFrame
  | PublishFrame
  | WithdrawFrame
  | SignalFrame
  | PingFrame
  | PongFrame;
