/**
 * Hop 5/8: the typed call of `lua/append.lua` and its typed reply.
 */
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RoomKeys } from './keys.ts';

export interface ScriptMessage {
  /** The header up to the predecessor, and from there on. */
  readonly head: string;
  readonly tail: string;
  readonly data: string;
  readonly messageId: string;
  readonly field: string;
  readonly hash: string;
  /** Null for what is no retry, and for a retry whose age nobody knows. */
  readonly firstSentAt: number | null;
}

export interface ScriptSettings {
  readonly sealKey: string;
  readonly maxCount: number;
  readonly ageMs: number | null;
  readonly windowMs: number;
  readonly rotateMs: number;
  readonly positionMs: number;
  readonly maxRecords: number;
  /** Null but in tests. */
  readonly nowMs: number | null;
}

export type ScriptOutcome =
  | { readonly status: 'stored' | 'duplicate'; readonly id: string }
  | { readonly status: 'conflict' | 'beyond-window' };

/** The source as it is sent: comments and indentation would be hashed and transferred with every append. */
export const APPEND_SCRIPT = readFileSync(new URL('../../lua/append.lua', import.meta.url), 'utf8')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('--'))
  .join('\n');

/** What Redis calls it. */
const APPEND_SCRIPT_DIGEST = createHash('sha1').update(APPEND_SCRIPT).digest('hex');

/** Tells the versions of the script apart that run against one Redis. */
export const APPEND_SCRIPT_VERSION = APPEND_SCRIPT_DIGEST.slice(0, 8);

const OUTCOME = /^(?:([sd]) (\d{1,15}-\d{1,15})|([cb]))$/;

/**
 * Goes by its digest; where Redis does not know that (after a restart, a failover, SCRIPT FLUSH) the source is sent,
 * and nothing has happened before that. A later call on the same room would overtake it, so whoever needs order has
 * one call in flight for each room.
 */
export async function callAppendScript(
  redis: Redis,
  keys: RoomKeys,
  settings: ScriptSettings,
  messages: readonly ScriptMessage[],
): Promise<unknown> {
  const values = [...keysOf(keys), ...settingsOf(settings)];
  for (const message of messages) values.push(...toArguments(message));
  try {
    return await redis.evalsha(APPEND_SCRIPT_DIGEST, KEY_COUNT, ...values);
  } catch (error) {
    if (!(error instanceof Error) || !UNKNOWN_DIGEST.test(error.message)) throw error;
    return redis.eval(APPEND_SCRIPT, KEY_COUNT, ...values);
  }
}

const KEY_COUNT = 5;
/** The script is not there, or this user of Redis may send scripts and not name them: neither call has done anything. */
const UNKNOWN_DIGEST = /^NOSCRIPT|^NOPERM .*'evalsha'/i;

const keysOf = ({ stream, position, dedupe, channel }: RoomKeys): readonly string[] => [
  stream,
  position,
  ...dedupe,
  channel,
];

const settingsOf = (settings: ScriptSettings): readonly (string | number)[] => [
  settings.sealKey,
  settings.maxCount,
  settings.ageMs ?? '',
  settings.windowMs,
  settings.rotateMs,
  settings.positionMs,
  settings.maxRecords,
  settings.nowMs ?? '',
];

const toArguments = (message: ScriptMessage): readonly (string | number)[] => [
  message.head,
  message.tail,
  message.data,
  message.messageId,
  message.field,
  message.hash,
  message.firstSentAt ?? '',
];

/** One outcome for each message, or null when the reply is anything else. */
export function readOutcomes(reply: unknown, count: number): readonly ScriptOutcome[] | null {
  if (!Array.isArray(reply) || reply.length !== count) return null;
  const outcomes = reply.map(readOutcome);
  return outcomes.every((outcome) => outcome !== null) ? outcomes : null;
}

function readOutcome(text: unknown): ScriptOutcome | null {
  const match = typeof text === 'string' ? OUTCOME.exec(text) : null;
  if (match === null) return null;
  const [, letter, id, verdict] = match;
  if (id !== undefined) return { status: letter === 's' ? 'stored' : 'duplicate', id };
  return { status: verdict === 'c' ? 'conflict' : 'beyond-window' };
}
