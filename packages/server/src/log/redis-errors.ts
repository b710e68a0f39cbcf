/**
 * beside Hop 5/8 – what Redis and its client answer in place of a reply, as the two errors of the port. Only the
 * text goes on: an error of the client carries the command with its payload, which must not reach a log.
 */
import { LogError } from './message-log.ts';

/** Redis took no write, so nothing was stored. Redis 6 wraps the text of a script's error. */
const REFUSALS = /(?:^|@user_script: ?\d+: -?)(?:OOM|READONLY|NOREPLICAS|MISCONF|HOLDLINE_FULL)\b/;

export function toLogError(error: unknown): LogError {
  if (error instanceof LogError) return error;
  const message = (error instanceof Error ? error.message : 'no answer').slice(0, 200);
  return new LogError(REFUSALS.test(message) ? 'store_refused' : 'unavailable', message);
}
