/** The wire protocol of Holdline as values and types. No dependencies; runs in browsers and in Node. */
export { CHECKS, type CheckName } from './checks.ts';
export type {
  AuthFrame,
  ClientFrame,
  HelloFrame,
  JoinFrame,
  JoinRequest,
  LeaveFrame,
  PingFrame,
  PongFrame,
  PublishFrame,
  SignalFrame,
  Since,
  WithdrawFrame,
} from './client-frames.ts';
export {
  CLOSE_CODES,
  closeSuspectsFrame,
  TOO_BIG,
  verdictOfClose,
  type CloseName,
  type CloseRow,
} from './close-codes.ts';
export { formatCursor, isCursor, parseCursor, ZERO_CURSOR, type Cursor, type CursorParts } from './cursor.ts';
export { decodeClientFrame, decodeJoin, type Decoded, type FrameSubject, type Undecodable } from './decode.ts';
export { decodeServerFrame } from './decode-server.ts';
export { encodeAck, encodeFrame, utf8Length } from './encode.ts';
export { ERROR_CODES, type ErrorCode, type ErrorRow, type ErrorScope, type RetryVerdict } from './error-codes.ts';
export { CLIENT_FRAME_SHAPES, SERVER_FRAME_SHAPES } from './frame-shapes.ts';
export {
  EVENT_PATTERN,
  isEventName,
  isMessageId,
  isRoomId,
  isUserId,
  MESSAGE_ID_PATTERN,
  ROOM_PATTERN,
  USER_PATTERN,
  type MessageId,
  type RoomId,
  type UserId,
} from './ids.ts';
export {
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_MAX_IN_FLIGHT,
  DEFAULT_MAX_ROOMS,
  MAX_BATCH_FRAMES,
  MAX_DATA_DEPTH,
  MAX_HELLO_JOINS,
  MAX_LAST,
  MAX_RECENT_CURSORS,
  MAX_TOKEN_LENGTH,
} from './limits.ts';
export {
  GAP_REASONS,
  NOTICES,
  type AckFrame,
  type AuthenticatedFrame,
  type BatchedFrame,
  type BatchFrame,
  type ErrorFrame,
  type GapFrame,
  type GapReason,
  type JoinedFrame,
  type LeftFrame,
  type LiveFrame,
  type MessageFrame,
  type NackFrame,
  type NoticeFrame,
  type NoticeKind,
  type ServerFrame,
  type SignalDeliveryFrame,
  type SkipFrame,
  type WelcomeFrame,
  type WelcomeLimits,
} from './server-frames.ts';
export { compareStreamIds, countOf, formatStreamId, isStreamId, timeOf, ZERO_ID, type StreamId } from './stream-id.ts';
export { OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION, SUBPROTOCOL } from './version.ts';
export { bodyOf, payloadOf, toBase64, type Body } from './payload.ts';
