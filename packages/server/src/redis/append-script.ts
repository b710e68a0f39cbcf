/**
 * Hop 5/8: the typed call of `lua/append.lua` and its typed reply.
 */
import { createHash } from 'node:crypto';
import { isStreamId } from '@holdline/protocol';
import type { Redis } from 'ioredis';
import { bulk, RawCommand } from './raw-command.ts';
import type { RoomKeys } from './keys.ts';
import { readScript } from './script-source.ts';

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

export const APPEND_SCRIPT = readScript('append.lua');

/** What Redis calls it. */
const APPEND_SCRIPT_DIGEST = createHash('sha1').update(APPEND_SCRIPT).digest('hex');

/** Tells the versions of the script apart that run against one Redis. */
export const APPEND_SCRIPT_VERSION = APPEND_SCRIPT_DIGEST.slice(0, 8);

/** What every append to a room says before its messages, as it goes over the wire. It hardly ever changes. */
export interface AppendTarget {
  readonly text: string;
  /** Of the arguments in it. */
  readonly count: number;
}

export function appendTarget(keys: RoomKeys, settings: ScriptSettings): AppendTarget {
  const values = [KEY_COUNT, ...keysOf(keys), ...settingsOf(settings)];
  return { text: values.map(bulk).join(''), count: values.length };
}

/**
 * Goes by its digest; where Redis does not know that (after a restart, a failover, SCRIPT FLUSH) the source is sent,
 * and nothing has happened before that. A later call on the same room would overtake it, so whoever needs order has
 * one call in flight for each room.
 */
export async function callAppendScript(
  redis: Redis,
  target: AppendTarget,
  messages: readonly ScriptMessage[],
): Promise<unknown> {
  const count = 1 + target.count + messages.length * MESSAGE_SIZE;
  let { text } = target;
  for (const message of messages) text += textOf(message);
  try {
    return await redis.sendCommand(new RawCommand('evalsha', count, DIGEST_TEXT + text));
  } catch (error) {
    if (!(error instanceof Error) || !UNKNOWN_DIGEST.test(error.message)) throw error;
    return redis.sendCommand(new RawCommand('eval', count, bulk(APPEND_SCRIPT) + text));
  }
}

const KEY_COUNT = 5;
const DIGEST_TEXT = bulk(APPEND_SCRIPT_DIGEST);
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

const MESSAGE_SIZE = 7;

const textOf = ({ head, tail, data, messageId, field, hash, firstSentAt }: ScriptMessage): string =>
  bulk(head) + bulk(tail) + bulk(data) + bulk(messageId) + bulk(field) + bulk(hash) + bulk(firstSentAt ?? '');

/** One outcome for each message, or null when the reply is anything else. */
export function readOutcomes(reply: unknown, count: number): readonly ScriptOutcome[] | null {
  if (!Array.isArray(reply) || reply.length !== count) return null;
  const outcomes: ScriptOutcome[] = [];
  for (const line of reply) {
    const outcome = readOutcome(line);
    if (outcome === null) return null;
    outcomes.push(outcome);
  }
  return outcomes;
}

function readOutcome(line: unknown): ScriptOutcome | null {
  if (!(line instanceof Buffer)) return null;
  const text = line.toString('latin1');
  if (text === 'c') return { status: 'conflict' };
  if (text === 'b') return { status: 'beyond-window' };
  const isStored = text.startsWith('s ');
  if (!isStored && !text.startsWith('d ')) return null;
  const id = text.slice(2);
  return isStreamId(id) ? { status: isStored ? 'stored' : 'duplicate', id } : null;
}
