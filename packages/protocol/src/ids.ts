/**
 * Names on the wire and their rules. One place parses them; whoever authorises, stores or logs a
 * name uses the value that came out of here.
 */
declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type RoomId = Branded<string, 'RoomId'>;
export type MessageId = Branded<string, 'MessageId'>;
export type UserId = Branded<string, 'UserId'>;

/** No braces, so that a room can stand inside a Redis hash tag; no spaces, so that it stands in a log line. */
export const ROOM_PATTERN = /^[\w.:~/-]{1,128}$/;
export const MESSAGE_ID_PATTERN = /^[\w-]{1,64}$/;
export const EVENT_PATTERN = /^[\w.:-]{1,64}$/;
/** Any well-formed text without control characters or separators of lines; 1 to 128 characters, counted as code points. */
export const USER_PATTERN = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]{1,128}$/u;

export const isRoomId = (value: unknown): value is RoomId => typeof value === 'string' && ROOM_PATTERN.test(value);

export const isMessageId = (value: unknown): value is MessageId =>
  typeof value === 'string' && MESSAGE_ID_PATTERN.test(value);

export const isEventName = (value: unknown): value is string => typeof value === 'string' && EVENT_PATTERN.test(value);

export const isUserId = (value: unknown): value is UserId => typeof value === 'string' && USER_PATTERN.test(value);
