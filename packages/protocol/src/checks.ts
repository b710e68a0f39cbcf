/**
 * The checks that frame shapes name. Each is total: it answers for any value, never throws, and
 * never walks deeper than one level into what a stranger sent. `CHECK_CODES` names the error of a
 * check whose failure has a code of its own; every other failure is `bad_frame`.
 */
import { isCursor } from './cursor.ts';
import type { ErrorCode } from './error-codes.ts';
import { isEventName, isMessageId, isRoomId, isUserId } from './ids.ts';
import { MAX_BATCH_FRAMES, MAX_HELLO_JOINS, MAX_LAST, MAX_RECENT_CURSORS, MAX_TOKEN_LENGTH } from './limits.ts';
import { GAP_REASONS, NOTICES } from './server-frames.ts';
import { isStreamId } from './stream-id.ts';

const BASE64_PATTERN = /^[A-Za-z0-9+/]*={0,2}$/;

type Check = (value: unknown) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown, max: number): value is string => typeof value === 'string' && value.length <= max;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const isSince: Check = (value) =>
  value === 'live' ||
  value === 'start' ||
  isCursor(value) ||
  (isObject(value) && isCount(value['last']) && (value['last'] as number) <= MAX_LAST);
const isRecent: Check = (value) => Array.isArray(value) && value.length <= MAX_RECENT_CURSORS && value.every(isCursor);

export const CHECKS = {
  id: isMessageId,
  room: isRoomId,
  messageId: isMessageId,
  event: isEventName,
  user: isUserId,
  userOrNull: orNull(isUserId),
  token: (value) => isText(value, MAX_TOKEN_LENGTH) && value !== '',
  text: (value) => isText(value, 1024),
  code: (value) => isText(value, 64) && value !== '',
  verdict: (value) => value === 'never' || value === 'backoff' || value === 'after-auth',
  flag: (value) => typeof value === 'boolean',
  count: isCount,
  countOrNull: orNull(isCount),
  ref: isCount,
  time: isCount,
  timeOrNull: orNull(isCount),
  streamId: isStreamId,
  streamIdOrNull: orNull(isStreamId),
  cursor: isCursor,
  since: isSince,
  recent: isRecent,
  joins: (value) => Array.isArray(value) && value.length <= MAX_HELLO_JOINS && value.every(isObject),
  limits: (value) =>
    isObject(value) &&
    isCount(value['maxFrameBytes']) &&
    isCount(value['maxRooms']) &&
    isCount(value['maxInFlight']) &&
    isCount(value['dedupeMs']),
  gapReason: (value) => (GAP_REASONS as readonly unknown[]).includes(value),
  notice: (value) => (NOTICES as readonly unknown[]).includes(value),
  json: (value) => value !== undefined,
  base64: (value) => typeof value === 'string' && value.length % 4 === 0 && BASE64_PATTERN.test(value),
  frames: (value) => Array.isArray(value) && value.length <= MAX_BATCH_FRAMES && value.every(isObject),
} as const satisfies Record<string, Check>;

export type CheckName = keyof typeof CHECKS;

export const CHECK_CODES: Partial<Record<CheckName, ErrorCode>> = {
  room: 'bad_room',
  messageId: 'bad_message_id',
  event: 'bad_event',
  cursor: 'bad_cursor',
  since: 'bad_since',
  recent: 'bad_cursor',
  base64: 'bad_data',
  json: 'bad_data',
};
