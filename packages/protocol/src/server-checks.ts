/**
 * The checks that the shapes of server frames name. Each is total: it answers for any value, never
 * throws, and never walks deeper than one level into what a stranger sent. A file of its own, so that a client
 * carries these and not the ones for its own frames.
 */
import { isCursor } from './cursor.ts';
import { isEventName, isMessageId, isRoomId, isUserId } from './ids.ts';
import { MAX_BATCH_FRAMES } from './limits.ts';
import { GAP_REASONS, NOTICES } from './server-frames.ts';
import { isStreamId } from './stream-id.ts';

const BASE64_PATTERN = /^[A-Za-z0-9+/]*={0,2}$/;

export type Check = (value: unknown) => boolean;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length <= max;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
export const isListOf = (value: unknown, max: number, check: Check): boolean =>
  Array.isArray(value) && value.length <= max && value.every(check);

export const SERVER_CHECKS = {
  id: isMessageId,
  room: isRoomId,
  messageId: isMessageId,
  event: isEventName,
  userOrNull: orNull(isUserId),
  text: (value) => isText(value, 1024),
  code: (value) => isText(value, 64) && value !== '',
  verdict: oneOf('never', 'backoff', 'after-auth'),
  flag: oneOf(true, false),
  count: isCount,
  countOrNull: orNull(isCount),
  ref: isCount,
  time: isCount,
  timeOrNull: orNull(isCount),
  streamId: isStreamId,
  streamIdOrNull: orNull(isStreamId),
  cursor: isCursor,
  limits: (value) =>
    isObject(value) && ['maxFrameBytes', 'maxRooms', 'maxInFlight', 'dedupeMs'].every((name) => isCount(value[name])),
  gapReason: oneOf(...GAP_REASONS),
  notice: oneOf(...NOTICES),
  json: (value) => value !== undefined,
  base64: (value) => typeof value === 'string' && value.length % 4 === 0 && BASE64_PATTERN.test(value),
  frames: (value) => isListOf(value, MAX_BATCH_FRAMES, isObject),
} as const satisfies Record<string, Check>;
