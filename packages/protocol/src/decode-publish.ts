/**
 * The one frame that comes all the time, judged without the table: the same checks by hand, in one pass over the characters
 * of each name. It only ever says yes or "ask the table", so that every refusal is worded in one place; a
 * test holds it to the table's verdict on anything.
 */
import type { PublishFrame } from './client-frames.ts';

/** In which names a character may stand, by its code. */
const IN_MESSAGE_ID = 1;
const IN_EVENT = 2;
const IN_ROOM = 4;
const MAX_NAME = 64;
const MAX_ROOM = 128;

const ALLOWED = new Uint8Array(128);
const allow = (characters: string, where: number): void => {
  for (const character of characters) ALLOWED[character.charCodeAt(0)] = where;
};
allow('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-', IN_MESSAGE_ID | IN_EVENT | IN_ROOM);
allow('.:', IN_EVENT | IN_ROOM);
allow('~/', IN_ROOM);

function isName(value: unknown, max: number, where: number): boolean {
  if (typeof value !== 'string') return false;
  const { length } = value;
  if (length === 0 || length > max) return false;
  for (let i = 0; i < length; i++) {
    // Beyond the table it is undefined, which has no bit.
    if ((ALLOWED[value.charCodeAt(i)]! & where) === 0) return false;
  }
  return true;
}

const isFlag = (value: unknown): boolean => value === undefined || typeof value === 'boolean';
const isTime = (value: unknown): boolean =>
  value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0);

/** True only for a value that the table accepts as a publish with JSON data. */
export function isPlainPublish(value: unknown): value is PublishFrame {
  if (typeof value !== 'object' || value === null) return false;
  const { type, room, event, messageId, data, base64, retry, firstSentAt } = value as Record<string, unknown>;
  return (
    type === 'publish' &&
    data !== undefined &&
    base64 === undefined &&
    isName(room, MAX_ROOM, IN_ROOM) &&
    isName(messageId, MAX_NAME, IN_MESSAGE_ID) &&
    isName(event, MAX_NAME, IN_EVENT) &&
    isFlag(retry) &&
    isTime(firstSentAt)
  );
}
