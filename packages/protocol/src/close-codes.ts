/**
 * Every code that ends a connection, in one table. The range carries the verdict, so that an unknown
 * code still has one: 44xx do not come back as you are, everything else come back with backoff.
 */
import type { RetryVerdict } from './error-codes.ts';

export interface CloseRow {
  readonly code: number;
  readonly retry: RetryVerdict;
  /** Sent as the close reason; under 124 bytes. */
  readonly reason: string;
}

// Apart from the table, so that a client which only asks for verdicts need not carry its texts.
const UNAUTHORIZED = 4401;
const TOKEN_EXPIRED = 4402;
/** A frame of ours was too large for the socket at the other end. */
export const TOO_BIG = 1009;

export const CLOSE_CODES = {
  normal: { code: 1000, retry: 'backoff', reason: 'closed' },
  going_away: { code: 1001, retry: 'backoff', reason: 'going away' },
  protocol_error: { code: 1002, retry: 'backoff', reason: 'WebSocket protocol error' },
  unsupported_data: { code: 1003, retry: 'backoff', reason: 'unsupported data' },
  no_status: { code: 1005, retry: 'backoff', reason: 'no status' },
  abnormal: { code: 1006, retry: 'backoff', reason: 'connection lost' },
  invalid_text: { code: 1007, retry: 'backoff', reason: 'invalid UTF-8' },
  policy: { code: 1008, retry: 'backoff', reason: 'policy violation' },
  too_big: { code: TOO_BIG, retry: 'backoff', reason: 'frame too big for the socket' },
  server_error: { code: 1011, retry: 'backoff', reason: 'server error' },
  service_restart: { code: 1012, retry: 'backoff', reason: 'service restart' },
  try_later: { code: 1013, retry: 'backoff', reason: 'try again later' },
  bad_request: { code: 4400, retry: 'never', reason: 'too many bad frames' },
  unauthorized: { code: UNAUTHORIZED, retry: 'after-auth', reason: 'token missing or not accepted' },
  token_expired: { code: TOKEN_EXPIRED, retry: 'after-auth', reason: 'token expired' },
  forbidden: { code: 4403, retry: 'never', reason: 'not allowed' },
  unsupported_version: { code: 4406, retry: 'never', reason: 'subprotocol not supported' },
  internal: { code: 4500, retry: 'backoff', reason: 'internal error' },
  draining: { code: 4503, retry: 'backoff', reason: 'server is shutting down' },
  hello_timeout: { code: 4508, retry: 'backoff', reason: 'no hello in time' },
  heartbeat_timeout: { code: 4509, retry: 'backoff', reason: 'silent for too long' },
  slow_consumer: { code: 4513, retry: 'backoff', reason: 'reads too slowly' },
  overloaded: { code: 4529, retry: 'backoff', reason: 'too many connections or requests' },
} as const satisfies Record<string, CloseRow>;

export type CloseName = keyof typeof CLOSE_CODES;

/** What a client does after a close, also for codes that are in no table. */
export function verdictOfClose(code: number): RetryVerdict {
  if (code === TOKEN_EXPIRED || code === UNAUTHORIZED) return 'after-auth';
  return code >= 4400 && code <= 4499 ? 'never' : 'backoff';
}

/** True for closes that a frame of our own may have caused, so that in-flight publishes are tried one at a time. */
export const closeSuspectsFrame = (code: number): boolean =>
  code === 4400 || code === 1002 || code === 1007 || code === TOO_BIG;
