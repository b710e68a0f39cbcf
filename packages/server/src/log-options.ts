/**
 * beside Hop 5/8 – what engines and publishers may be told of the log, and the one place where it is judged. A mistake
 * would otherwise show with the first append, as errors of Redis, or later, as history that is gone.
 */
import { DEFAULT_DEDUPE_MS, DEFAULT_DEDUPE_RECORDS } from './log/dedupe.ts';
import { DEFAULT_RETENTION, isRetentionRule, POSITION_LIFETIME_MS, type RetentionRule } from './log/retention.ts';
import { checkNumber, OptionsError, type Range } from './option-checks.ts';
import { isPrefix } from './redis/keys.ts';

/** The same for all that share one Redis: they remember and forget for each other. */
export interface LogOptions {
  /** Begins every key. @defaultValue 'hl' */
  readonly prefix?: string;
  /** What is kept of a room: the first rule whose pattern matches. @defaultValue `*=10000/7d`, also for rooms without a rule */
  readonly retention?: readonly RetentionRule[];
  /** How long a message ID is remembered at least, ms: 1000 to 30 days. @defaultValue 2 hours */
  readonly dedupeMs?: number;
  /** Message IDs of one room that are remembered at least, if they come faster than the window ends: up to 10 million. @defaultValue 100 000 */
  readonly dedupeRecords?: number;
}

export const DEFAULT_PREFIX = 'hl';

const RANGES = {
  // As long as the place of a room is kept that nobody visits: of an older message nobody can say what it followed.
  dedupeMs: [1000, POSITION_LIFETIME_MS],
  // About 1 GB of Redis for a room that is so busy.
  dedupeRecords: [1, 10_000_000],
} as const satisfies Partial<Record<keyof LogOptions, Range>>;

/** @throws OptionsError for the first option that makes no sense */
export function resolveLogOptions(options: LogOptions): Required<LogOptions> {
  const { prefix = DEFAULT_PREFIX, retention = DEFAULT_RETENTION } = options;
  const { dedupeMs = DEFAULT_DEDUPE_MS, dedupeRecords = DEFAULT_DEDUPE_RECORDS } = options;
  if (!isPrefix(prefix)) throw new OptionsError('prefix', 'must match ^[A-Za-z0-9_.:-]{1,64}$');
  if (!Array.isArray(retention) || !retention.every(isRetentionRule))
    throw new OptionsError('retention', 'must be a list of { pattern, count, ageMs }, as parseRetention makes it');
  checkNumber('dedupeMs', dedupeMs, RANGES.dedupeMs);
  checkNumber('dedupeRecords', dedupeRecords, RANGES.dedupeRecords);
  return { prefix, retention, dedupeMs, dedupeRecords };
}
