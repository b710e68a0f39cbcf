/** What an engine observes → counters and log lines, of which an outage must not make a stream. */
import type { Clock } from './clock.ts';
import type { EngineEvent, EngineObserver } from './log/log-source.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { SparseLog } from './sparse-log.ts';

/** One line of each kind. */
const SPARSENESS = { lines: 1, everyMs: 10_000 };

export function createEngineObserver(metrics: Metrics, logger: Logger, clock: Clock): EngineObserver {
  const log = new SparseLog(logger, clock, SPARSENESS);
  return (event) => observe(event, metrics, log);
}

function observe(event: EngineEvent, metrics: Metrics, log: SparseLog): void {
  switch (event.name) {
    case 'foreign-entries':
      metrics.count('entries_foreign', event.count);
      return log.warn({ room: event.room, count: event.count }, 'the log holds entries that Holdline did not write');
    // The room logs what it makes of these.
    case 'malformed-announcement':
      return metrics.count('announcements_malformed');
    case 'foreign-announcement':
      return metrics.count('announcements_foreign');
    case 'bad-reply':
      metrics.count('engine_errors');
      return log.error({ command: event.command }, 'a reply of Redis has not the shape of its command');
    case 'connection-error':
      metrics.count('engine_errors');
      return log.warn({ connection: event.connection, reason: event.message }, 'connection to Redis failed');
    case 'handler-failed':
      metrics.count('faults');
      return log.error({ reason: event.message }, 'an announcement could not be handled');
    case 'resubscribe-failed':
      metrics.count('engine_errors');
      return log.warn({ room: event.room }, 'a room could not be subscribed again');
    case 'canary-overdue':
      metrics.count('canaries_overdue');
      return log.warn({}, 'the feed does not hear its own canary');
  }
}
