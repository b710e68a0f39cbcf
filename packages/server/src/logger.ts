/**
 * The structured log as a port: fields first, then a fixed sentence. Never hand it what a user wrote
 * (payloads, tokens); names of rooms, users and codes are fine. Levels: `debug` for connections and
 * joins, `info` for what an operator wants to see once, `warn` for refusals and limits, `error` for faults.
 */

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** For those who only tell what goes wrong: the log itself, or a sparse one. */
export type FaultLog = Pick<Logger, 'warn' | 'error'>;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const nothing = (): void => {};

export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** What of an error may be logged: its name, code and message, and where it was thrown. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = (error as { code?: unknown }).code;
  return { error: error.name, reason: error.message, ...(code !== undefined && { code }), stack: error.stack };
}
