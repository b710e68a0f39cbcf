/**
 * Lines of which strangers or an outage can cause any number: of each kind only so many in a while; the
 * first one after that tells how many were left out. Counters tell the whole.
 */
import type { Clock } from './clock.ts';
import type { LogFields, Logger } from './logger.ts';

export interface Sparseness {
  /** Of one kind. */
  readonly lines: number;
  readonly everyMs: number;
}

interface Kind {
  startedAtMs: number;
  written: number;
  leftOut: number;
}

export class SparseLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #limit: Sparseness;
  readonly #kinds = new Map<string, Kind>();

  constructor(logger: Logger, clock: Clock, limit: Sparseness) {
    this.#logger = logger;
    this.#clock = clock;
    this.#limit = limit;
  }

  /** `kind` is remembered for good: a constant, or one of a few, and never what a client wrote. */
  warn(fields: LogFields, message: string, kind = message): void {
    this.#write('warn', fields, message, kind);
  }

  error(fields: LogFields, message: string, kind = message): void {
    this.#write('error', fields, message, kind);
  }

  #write(level: 'warn' | 'error', fields: LogFields, message: string, name: string): void {
    const nowMs = this.#clock.monotonic();
    const kind = this.#kinds.get(name) ?? { startedAtMs: nowMs, written: 0, leftOut: 0 };
    this.#kinds.set(name, kind);
    if (nowMs - kind.startedAtMs >= this.#limit.everyMs) {
      kind.startedAtMs = nowMs;
      kind.written = 0;
    }
    if (kind.written >= this.#limit.lines) {
      kind.leftOut += 1;
      return;
    }
    kind.written += 1;
    const { leftOut } = kind;
    kind.leftOut = 0;
    this.#logger[level](leftOut > 0 ? { ...fields, leftOut } : fields, message);
  }
}
