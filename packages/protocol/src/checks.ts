/**
 * All checks that frame shapes name. `CHECK_CODES` names the error of a check whose failure has a code
 * of its own; every other failure is `bad_frame`.
 */
import { isCursor } from './cursor.ts';
import type { ErrorCode } from './error-codes.ts';
import { isUserId } from './ids.ts';
import { MAX_HELLO_JOINS, MAX_LAST, MAX_RECENT_CURSORS, MAX_TOKEN_LENGTH } from './limits.ts';
import { isCount, isListOf, isObject, isText, SERVER_CHECKS, type Check } from './server-checks.ts';

const isSince: Check = (value) =>
  value === 'live' ||
  value === 'start' ||
  isCursor(value) ||
  (isObject(value) && isCount(value['last']) && (value['last'] as number) <= MAX_LAST);

export const CHECKS = {
  ...SERVER_CHECKS,
  user: isUserId,
  token: (value: unknown) => isText(value, MAX_TOKEN_LENGTH) && value !== '',
  since: isSince,
  recent: (value: unknown) => isListOf(value, MAX_RECENT_CURSORS, isCursor),
  joins: (value: unknown) => isListOf(value, MAX_HELLO_JOINS, isObject),
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
