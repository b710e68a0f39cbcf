/** What an engine observes → counters and log lines. */
import type { EngineEvent } from './log/log-source.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export function observeEngine(event: EngineEvent, metrics: Metrics, logger: Logger): void {
  switch (event.name) {
    case 'foreign-entries':
      metrics.count('entries_foreign', event.count);
      return logger.warn({ room: event.room, count: event.count }, 'the log holds entries that Holdline did not write');
    // The room logs what it makes of these.
    case 'malformed-announcement':
      return metrics.count('announcements_malformed');
    case 'foreign-announcement':
      return metrics.count('announcements_foreign');
    case 'bad-reply':
      metrics.count('engine_errors');
      return logger.error({ command: event.command }, 'a reply of Redis has not the shape of its command');
    case 'connection-error':
      metrics.count('engine_errors');
      return logger.warn({ connection: event.connection, reason: event.message }, 'connection to Redis failed');
    case 'handler-failed':
      metrics.count('faults');
      return logger.error({ reason: event.message }, 'an announcement could not be handled');
    case 'resubscribe-failed':
      metrics.count('engine_errors');
      return logger.warn({ room: event.room }, 'a room could not be subscribed again');
    case 'canary-overdue':
      metrics.count('canaries_overdue');
      return logger.warn({}, 'the feed does not hear its own canary');
  }
}
