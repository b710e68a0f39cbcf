/**
 * Every reason for which something is refused, in one table. `scope` says what is refused, `retry`
 * what the sender may do about it:
 *
 * - `never`: the same request gets the same answer.
 * - `backoff`: send it again later, unchanged.
 * - `after-auth`: fetch a new token first.
 *
 * Codes are never reused and never change their meaning.
 */
export type RetryVerdict = 'never' | 'backoff' | 'after-auth';
export type ErrorScope = 'connection' | 'frame' | 'room' | 'publish' | 'client';

export interface ErrorRow {
  readonly scope: ErrorScope;
  readonly retry: RetryVerdict;
  readonly meaning: string;
}

export const ERROR_CODES = {
  bad_frame: { scope: 'frame', retry: 'never', meaning: 'The frame is not a JSON object of a known shape.' },
  unknown_frame: { scope: 'frame', retry: 'never', meaning: 'The frame has a type that this version does not know.' },
  binary_frame: {
    scope: 'frame',
    retry: 'never',
    meaning: 'Frames are text; binary payloads travel as base64 inside them.',
  },
  frame_too_large: { scope: 'frame', retry: 'never', meaning: 'The frame is larger than limits.maxFrameBytes.' },
  hello_required: { scope: 'connection', retry: 'never', meaning: 'The first frame of a connection must be hello.' },
  hello_repeated: { scope: 'frame', retry: 'never', meaning: 'This connection has said hello already.' },
  hello_timeout: { scope: 'connection', retry: 'backoff', meaning: 'No hello came within the deadline.' },
  unauthorized: { scope: 'connection', retry: 'after-auth', meaning: 'The token is missing or was not accepted.' },
  token_expired: { scope: 'connection', retry: 'after-auth', meaning: 'The token has expired.' },
  user_changed: {
    scope: 'connection',
    retry: 'never',
    meaning: 'A refreshed token must name the user of this connection.',
  },
  origin_denied: { scope: 'connection', retry: 'never', meaning: 'The page may not connect from its origin.' },
  unsupported_version: {
    scope: 'connection',
    retry: 'never',
    meaning: 'The server does not speak the subprotocol that was offered.',
  },
  too_many_connections: {
    scope: 'connection',
    retry: 'backoff',
    meaning: 'This address or this server holds as many connections as it may.',
  },
  heartbeat_timeout: {
    scope: 'connection',
    retry: 'backoff',
    meaning: 'The other side was silent for longer than the heartbeat allows.',
  },
  slow_consumer: { scope: 'connection', retry: 'backoff', meaning: 'The connection took no bytes for too long.' },
  draining: {
    scope: 'frame',
    retry: 'backoff',
    meaning: 'This server is shutting down; another one will take the request.',
  },
  rate_limited: { scope: 'frame', retry: 'backoff', meaning: 'Too many requests in too short a time.' },
  overloaded: { scope: 'frame', retry: 'backoff', meaning: 'A bounded queue of the server is full.' },
  unavailable: {
    scope: 'frame',
    retry: 'backoff',
    meaning: 'Redis gave no answer; what was asked may or may not have happened.',
  },
  store_refused: {
    scope: 'publish',
    retry: 'backoff',
    meaning: 'Redis refuses writes: out of memory, read-only, or unable to persist.',
  },
  internal: { scope: 'frame', retry: 'backoff', meaning: 'A fault of the server; its log has the cause.' },
  bad_room: { scope: 'room', retry: 'never', meaning: 'The room name breaks the naming rule.' },
  bad_cursor: {
    scope: 'room',
    retry: 'never',
    meaning: 'The cursor is malformed. Every text but `live` and `start` is read as one.',
  },
  bad_since: {
    scope: 'room',
    retry: 'never',
    meaning: 'The start that a join asks for is neither a text nor a last k in range.',
  },
  forbidden: { scope: 'room', retry: 'never', meaning: 'The user lacks the permission for this in this room.' },
  too_many_rooms: {
    scope: 'room',
    retry: 'never',
    meaning: 'The connection is in as many rooms as limits.maxRooms allows.',
  },
  bad_message_id: { scope: 'publish', retry: 'never', meaning: 'The message ID breaks the naming rule.' },
  bad_event: { scope: 'publish', retry: 'never', meaning: 'The event name breaks the naming rule.' },
  bad_data: {
    scope: 'publish',
    retry: 'never',
    meaning: 'The payload is missing, too deeply nested, not JSON, or refused by a check.',
  },
  message_too_large: {
    scope: 'publish',
    retry: 'never',
    meaning: 'The message does not fit into limits.maxFrameBytes.',
  },
  message_id_conflict: {
    scope: 'publish',
    retry: 'never',
    meaning: 'This message ID was stored before with other content.',
  },
  too_many_in_flight: {
    scope: 'publish',
    retry: 'backoff',
    meaning: 'More publishes wait for their answer than limits.maxInFlight allows.',
  },
  out_of_order: {
    scope: 'publish',
    retry: 'backoff',
    meaning: 'An earlier publish of this connection in this room was refused and is not back yet.',
  },
  beyond_window: {
    scope: 'publish',
    retry: 'never',
    meaning: 'First sent longer ago than the dedupe window: whether it was stored cannot be told.',
  },
  poison: {
    scope: 'client',
    retry: 'never',
    meaning: 'The message closed the connection three times and was given up.',
  },
  outbox_full: { scope: 'client', retry: 'never', meaning: 'The outbox holds as many messages or bytes as it may.' },
  aborted: { scope: 'client', retry: 'never', meaning: 'The caller aborted the request.' },
  cleared: { scope: 'client', retry: 'never', meaning: 'The outbox was cleared before the message had its answer.' },
  closed: { scope: 'client', retry: 'never', meaning: 'The client was closed.' },
  left: { scope: 'client', retry: 'never', meaning: 'The room was left before the request was answered.' },
  bad_options: { scope: 'client', retry: 'never', meaning: 'An option or argument makes no sense.' },
  lost: { scope: 'client', retry: 'backoff', meaning: 'The connection ended; detail.closeCode says how.' },
  connect_failed: { scope: 'client', retry: 'backoff', meaning: 'The connection could not be opened in time.' },
  auth_failed: { scope: 'client', retry: 'backoff', meaning: 'The auth function of the application failed.' },
  offline: { scope: 'client', retry: 'backoff', meaning: 'The browser reports that there is no network.' },
  handler_failed: { scope: 'client', retry: 'never', meaning: 'A handler of the application threw; delivery goes on.' },
  storage_failed: {
    scope: 'client',
    retry: 'never',
    meaning: 'The browser refused to store; the outbox continues in memory.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_CODES;
