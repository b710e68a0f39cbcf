/** Frames from server to client, one interface a type. docs/PROTOCOL.md tells the meaning of each. */
import type { PingFrame, PongFrame } from './client-frames.ts';
import type { Cursor } from './cursor.ts';
import type { RetryVerdict } from './error-codes.ts';
import type { MessageId, RoomId, UserId } from './ids.ts';
import type { StreamId } from './stream-id.ts';

export interface WelcomeLimits {
  readonly maxFrameBytes: number;
  readonly maxRooms: number;
  readonly maxInFlight: number;
  /** How long after its first send a publish may be retried with certainty. */
  readonly dedupeMs: number;
}

export interface WelcomeFrame {
  readonly type: 'welcome';
  readonly connection: string;
  readonly instance: string;
  /** The user that this connection acts as; null when anonymous. */
  readonly user: UserId | null;
  /** Ms since 1970 at which the token ends; absent or null when it does not. Refresh it with `auth` before that. */
  readonly expiresAt?: number | null;
  /** The clock of Redis in ms since 1970. */
  readonly time: number;
  readonly limits: WelcomeLimits;
  /** Each side sends something at least this often; twice this long without a frame means a dead link. */
  readonly heartbeatMs: number;
}

export interface AuthenticatedFrame {
  readonly type: 'authenticated';
  readonly user: UserId | null;
  /** Ms since 1970 at which the token ends, or null when it does not. */
  readonly expiresAt: number | null;
}

export interface JoinedFrame {
  readonly type: 'joined';
  readonly room: RoomId;
  readonly ref?: number;
  /** The newest entry of the room at the moment of joining. */
  readonly position: Cursor;
  /** Where delivery starts: the first message or gap that follows comes after this. */
  readonly cursor: Cursor;
}

/** The member has everything up to the room's position; what follows is live. */
export interface LiveFrame {
  readonly type: 'live';
  readonly room: RoomId;
}

export interface LeftFrame {
  readonly type: 'left';
  readonly room: RoomId;
  /** Why the server ended the membership; absent in the answer to a leave. */
  readonly code?: string;
}

export interface MessageFrame {
  readonly type: 'message';
  readonly room: RoomId;
  readonly id: StreamId;
  readonly event: string;
  readonly messageId: MessageId;
  /** The user who published, stamped by the server; null for the application's own back end or an anonymous one. */
  readonly sender: UserId | null;
  readonly data?: unknown;
  readonly base64?: string;
}

export interface AckFrame {
  readonly type: 'ack';
  readonly room: RoomId;
  readonly messageId: MessageId;
  readonly id: StreamId;
  /** True when an earlier send had been stored already; `id` is that entry. */
  readonly duplicate: boolean;
}

export interface NackFrame {
  readonly type: 'nack';
  readonly room: RoomId;
  readonly messageId: MessageId;
  readonly code: string;
  readonly retry: RetryVerdict;
  readonly message?: string;
}

export interface SignalDeliveryFrame {
  readonly type: 'signal';
  readonly room: RoomId;
  readonly event: string;
  readonly sender: UserId | null;
  readonly data: unknown;
}

/** Why entries cannot be delivered. */
export const GAP_REASONS = ['trimmed', 'expired', 'lost', 'rewritten', 'deleted'] as const;
export type GapReason = (typeof GAP_REASONS)[number];

export interface GapFrame {
  readonly type: 'gap';
  readonly room: RoomId;
  /** Exclusive. */
  readonly from: StreamId;
  /** Inclusive; null when the end is not known. */
  readonly to: StreamId | null;
  /** How many entries the range held; null when that is not known. */
  readonly missed: number | null;
  readonly reason: GapReason;
  /** Delivery goes on after this cursor. */
  readonly next: Cursor;
}

/**
 * The entries up to this cursor hold nothing to deliver (a control entry whose gap was told already):
 * the client's cursor moves, so that the count of the next message still fits.
 */
export interface SkipFrame {
  readonly type: 'skip';
  readonly room: RoomId;
  readonly cursor: Cursor;
}

export interface ErrorFrame {
  readonly type: 'error';
  readonly code: string;
  readonly retry: RetryVerdict;
  /** The type of the frame that was refused, where it could be read. */
  readonly request?: string;
  readonly room?: RoomId;
  readonly ref?: number;
  readonly message?: string;
}

export const NOTICES = ['draining', 'degraded', 'restored'] as const;
export type NoticeKind = (typeof NOTICES)[number];

export interface NoticeFrame {
  readonly type: 'notice';
  readonly notice: NoticeKind;
  /** With `draining`: wait this long, then move to another server. */
  readonly moveInMs?: number;
}

export type BatchedFrame = MessageFrame | AckFrame | NackFrame | GapFrame | SkipFrame | LiveFrame;

/** Several frames in one, in order. */
export interface BatchFrame {
  readonly type: 'batch';
  readonly frames: readonly BatchedFrame[];
}

export type ServerFrame =
  | WelcomeFrame
  | AuthenticatedFrame
  | JoinedFrame
  | LiveFrame
  | LeftFrame
  | MessageFrame
  | AckFrame
  | NackFrame
  | SignalDeliveryFrame
  | GapFrame
  | SkipFrame
  | ErrorFrame
  | NoticeFrame
  | BatchFrame
  | PingFrame
  | PongFrame;
