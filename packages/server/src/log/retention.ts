/**
 * beside Hop 5/8 – how much of each room is kept: rules of a room pattern, a count and an age, the first that
 * matches wins. Pure; also reads the form of `HOLDLINE_RETENTION`, `chat:*=10000/7d,*=1000/24h`.
 */

export interface Retention {
  /** Newest entries kept. Trimming is approximate: up to a hundred and thirty more may stay for a while. */
  readonly count: number;
  /** Entries older than this may be removed; null keeps them whatever their age. */
  readonly ageMs: number | null;
}

export interface RetentionRule extends Retention {
  /** A room name in which `*` stands for any run of characters. */
  readonly pattern: string;
}

const DAY_MS = 86_400_000;
/** A hundred years. Far beyond that Redis refuses to take a lifetime. */
const MAX_AGE_MS = 36_500 * DAY_MS;
const MAX_COUNT = 9_999_999_999;
const PATTERN = /^[A-Za-z0-9_.:~/*-]{1,128}$/;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS } as const;
const RULE = /^([^=]+)=([1-9]\d{0,9})(?:\/([1-9]\d{0,9})(ms|s|m|h|d))?$/;

/** What holds for a room that no rule names. */
const DEFAULT: Retention = { count: 10_000, ageMs: 7 * DAY_MS };

/** `*=10000/7d`: the last ten thousand messages of a week. */
export const DEFAULT_RETENTION: readonly RetentionRule[] = [{ pattern: '*', ...DEFAULT }];

/** How long a room's position outlives its last append or join; never shorter than its entries live. */
export const POSITION_LIFETIME_MS = 30 * DAY_MS;

export const positionLifetimeOf = ({ ageMs }: Retention): number => Math.max(POSITION_LIFETIME_MS, ageMs ?? 0);

/**
 * Reads a list such as `chat:*=10000/7d,*=1000/24h`: pattern, count, and an optional age in `ms`, `s`, `m`, `h` or `d`.
 *
 * @throws RangeError that names the rule that cannot be read.
 */
export function parseRetention(text: string): readonly RetentionRule[] {
  return text.split(',').map((part) => {
    const [, pattern = '', count = '', age, unit] = RULE.exec(part.trim()) ?? [];
    const ageMs = age === undefined ? null : Number(age) * UNIT_MS[unit as keyof typeof UNIT_MS];
    const rule = { pattern, count: Number(count), ageMs };
    if (!isRetentionRule(rule))
      throw new RangeError(`retention rule '${part.trim()}' is not <pattern>=<count>[/<age, up to 36500d>]`);
    return rule;
  });
}

export function isRetentionRule(value: unknown): value is RetentionRule {
  if (typeof value !== 'object' || value === null) return false;
  const { pattern, count, ageMs } = value as Readonly<Record<string, unknown>>;
  const isCount = Number.isInteger(count) && (count as number) >= 1 && (count as number) <= MAX_COUNT;
  const isAge = Number.isInteger(ageMs) && (ageMs as number) >= 1 && (ageMs as number) <= MAX_AGE_MS;
  return typeof pattern === 'string' && PATTERN.test(pattern) && isCount && (ageMs === null || isAge);
}

/** Answers for every room: by the first rule whose pattern matches, else by the default. */
export function createRetentionResolver(rules: readonly RetentionRule[]): (room: string) => Retention {
  const compiled = rules.map((rule) => ({ rule, parts: rule.pattern.split('*') }));
  return (room) => compiled.find(({ parts }) => matches(room, parts))?.rule ?? DEFAULT;
}

/** Leftmost matching of the pieces between stars: linear, where a regular expression could be made to backtrack. */
function matches(room: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return room === first;
  if (!room.startsWith(first) || room.length < first.length + last.length || !room.endsWith(last)) return false;
  let from = first.length;
  const until = room.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = room.indexOf(part, from);
    if (at < 0 || at + part.length > until) return false;
    from = at + part.length;
  }
  return true;
}
