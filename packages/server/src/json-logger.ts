/** The log of the process: pino behind the port of logger.ts. A file of its own, so that only who logs loads pino. */
import { pino } from 'pino';
import type { LogFields, Logger, LogLevel } from './logger.ts';

/** JSON lines on stdout. */
export function createJsonLogger(level: LogLevel, base: LogFields): Logger {
  // Through the stream that everything else on stdout goes through, so that lines come in order.
  return pino({ level, base, formatters: { level: (label) => ({ level: label }) } }, process.stdout);
}
