/**
 * Hop 5/8: the raw reads of Redis. Each reply is checked for its shape before it is used: whatever a Redis or
 * something in between answers, the worst that follows is a `LogError`.
 */
import type { RoomId } from '@holdline/protocol';
import type { ChainableCommander, Redis } from 'ioredis';
import type { Keys, RoomKeys } from '../redis/keys.ts';
import { callPageScript } from '../redis/page-script.ts';
import type { RawEntry } from './entry-codec.ts';
import type { EngineObserver, LogSource } from './log-source.ts';
import { LogError } from './message-log.ts';
import { readPageText, type PageText } from './page-text.ts';
import { toLogError } from './redis-errors.ts';
import { POSITION_LIFETIME_MS, positionLifetimeOf, type Retention } from './retention.ts';

export interface RedisLogSourceOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly observe: EngineObserver;
  readonly now: () => number;
  readonly retentionOf: (room: string) => Retention;
}

/** Rooms asked for in one command. */
const ROOMS_BATCH = 1000;
/** A position is renewed by each instance that reads it, but not more often than this. */
const RENEW_EVERY_MS = POSITION_LIFETIME_MS / 30;
const MAX_RENEWALS_KEPT = 50_000;
/** Appends renew lifetimes once in this time, and make them longer by it. */
const APPENDS_RENEW_MS = 100_000;
/** Without memory next to nothing is appended, so the second attempt is rarely needed. */
const MAX_UNTOGETHER_READS = 5;

export function createRedisLogSource(options: RedisLogSourceOptions): LogSource {
  const { redis, keys, observe, now, retentionOf } = options;
  const renewals = new Map<string, number>();

  const badReply = (command: string): LogError => {
    observe({ name: 'bad-reply', command });
    return new LogError('unavailable', `the reply to ${command} has not the shape of one`);
  };
  const readEntries = (reply: unknown): readonly RawEntry[] => {
    const entries = toEntries(reply);
    if (entries === null) throw badReply('XRANGE');
    return entries;
  };
  const readText = (reply: unknown, command: string): string | null => {
    if (reply !== null && typeof reply !== 'string') throw badReply(command);
    return reply;
  };

  /** Renewed seldom and without waiting: it is a write, and reading must not depend on writes. */
  function renew(rooms: readonly RoomId[], texts: readonly (string | null)[]): void {
    const nowMs = now();
    const due = rooms.filter((room, i) => texts[i] !== null && nowMs - (renewals.get(room) ?? 0) > RENEW_EVERY_MS);
    if (due.length === 0) return;
    const pipeline = redis.pipeline();
    for (const room of due) {
      pipeline.pexpire(keys.room(room).position, positionLifetimeOf(retentionOf(room)) + APPENDS_RENEW_MS);
      renewals.delete(room);
      renewals.set(room, nowMs);
    }
    for (const room of renewals.keys()) {
      if (renewals.size <= MAX_RENEWALS_KEPT) break;
      renewals.delete(room);
    }
    pipeline.exec().catch(() => due.forEach((room) => renewals.delete(room)));
  }

  async function positionsOf(rooms: readonly RoomId[]): Promise<readonly (string | null)[]> {
    const replies: unknown = await redis.mget(rooms.map((room) => keys.room(room).position)).catch(rejectAsLogError);
    if (!Array.isArray(replies) || replies.length !== rooms.length) throw badReply('MGET');
    const texts = replies.map((reply: unknown) => readText(reply, 'MGET'));
    renew(rooms, texts);
    return texts;
  }

  async function haveStreams(rooms: readonly RoomId[]): Promise<readonly boolean[]> {
    const streams = rooms.map((room) => keys.room(room).stream);
    const count: unknown = await redis.exists(streams).catch(rejectAsLogError);
    if (typeof count !== 'number') throw badReply('EXISTS');
    if (count === 0) return rooms.map(() => false);
    const pipeline = redis.pipeline();
    for (const stream of streams) pipeline.exists(stream);
    const replies = await run(pipeline);
    if (replies.length !== rooms.length) throw badReply('EXISTS');
    return replies.map((reply) => reply !== 0);
  }

  return {
    now,

    async read(room, id, count, lastCount) {
      const roomKeys = keys.room(room);
      const { stream, position } = roomKeys;
      const page = lastCount > 0 ? null : await readByScript(redis, roomKeys, id, count);
      if (page !== null && typeof page !== 'number') return { ...page, last: [], isCut: false };
      const most = Math.min(count, page ?? count);
      const ask = (commands: ChainableCommander): ChainableCommander => {
        const asked = commands.get(position).xrangeBuffer(stream, `(${id}`, '+', 'COUNT', most);
        return lastCount > 0 ? asked.xrevrangeBuffer(stream, '+', '-', 'COUNT', lastCount) : asked;
      };
      const [text, after, last] = await readTogether(redis, position, ask);
      const entries = readEntries(after);
      return {
        position: readText(text ?? null, 'GET'),
        after: entries,
        last: lastCount > 0 ? readEntries(last) : [],
        isCut: most < count && entries.length === most,
      };
    },

    async inspectHole(room, id) {
      const { stream } = keys.room(room);
      const pipeline = redis.pipeline().xrangeBuffer(stream, '-', id, 'COUNT', 1).xinfo('STREAM', stream);
      // XINFO of a stream that is gone is an error, and so is one that is not allowed: then it is not known.
      const [kept, info] = await run(pipeline, 'lenient');
      return { isStartKept: readEntries(kept).length > 0, highestDeleted: highestDeletedOf(info) };
    },

    async entriesAt(room, ids) {
      const { stream } = keys.room(room);
      const pipeline = redis.pipeline();
      for (const id of ids) pipeline.xrangeBuffer(stream, id, id, 'COUNT', 1);
      const replies = await run(pipeline);
      return ids.map((_, i) => readEntries(replies[i])[0] ?? null);
    },

    positions: (rooms) => inBatches(rooms, positionsOf),

    haveStreams: (rooms) => inBatches(rooms, haveStreams),

    async findRecord(room, field) {
      const [first, second] = keys.room(room).dedupe;
      // Not a transaction: a record never moves, it only goes when its window is over.
      const replies = await run(redis.pipeline().hmget(first, '#', field).hmget(second, '#', field));
      const hashes = replies.map((reply) => {
        const [startedAt, record] = Array.isArray(reply) ? (reply as unknown[]) : [];
        return { startedAt: Number(startedAt ?? 0), record: readText(record ?? null, 'HMGET') };
      });
      const [newer] = hashes.filter(({ record }) => record !== null).toSorted((a, b) => b.startedAt - a.startedAt);
      return newer?.record ?? null;
    },
  };
}

/**
 * Null for a page with entries that are not ours, and where scripts may not be run: then the commands are sent one by one; a
 * number: for so many, which are large.
 */
async function readByScript(
  redis: Redis,
  keys: RoomKeys,
  id: string,
  count: number,
): Promise<PageText | number | null> {
  try {
    const answer = await callPageScript(redis, keys, id, count);
    return Buffer.isBuffer(answer) ? readPageText(answer) : answer;
  } catch (error) {
    throw toLogError(error);
  }
}

async function inBatches<T>(
  rooms: readonly RoomId[],
  ask: (batch: readonly RoomId[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const answers: T[] = [];
  for (let from = 0; from < rooms.length; from += ROOMS_BATCH) {
    answers.push(...(await ask(rooms.slice(from, from + ROOMS_BATCH))));
  }
  return answers;
}

/**
 * Position and entries as they are at one moment. A Redis without memory refuses every transaction, also one
 * that only reads; then the position is read before and after: if it is the same, nothing was appended between.
 */
async function readTogether(
  redis: Redis,
  position: string,
  ask: (commands: ChainableCommander) => ChainableCommander,
): Promise<readonly unknown[]> {
  try {
    return await run(ask(redis.multi()));
  } catch (error) {
    if (!(error instanceof LogError) || !error.message.startsWith('EXECABORT')) throw error;
  }
  for (let attempt = 1; attempt <= MAX_UNTOGETHER_READS; attempt++) {
    const replies = await run(ask(redis.pipeline()).get(position));
    if (replies.length > 2 && replies[0] === replies.at(-1)) return replies.slice(0, -1);
  }
  throw new LogError('unavailable', 'the room changes faster than it can be read without a transaction');
}

/** The replies of a pipeline or MULTI. Strict: the first error rejects. Lenient: an error is undefined. */
async function run(commands: ChainableCommander, errors: 'strict' | 'lenient' = 'strict'): Promise<readonly unknown[]> {
  let replies: [Error | null, unknown][] | null;
  try {
    replies = await commands.exec();
  } catch (error) {
    throw toLogError(error);
  }
  if (!Array.isArray(replies)) throw new LogError('unavailable', 'a transaction had no reply');
  return replies.map((reply) => {
    const [error, value] = Array.isArray(reply) ? reply : [new Error('a command had no reply'), undefined];
    if (error !== null && errors === 'strict') throw toLogError(error);
    return error === null ? value : undefined;
  });
}

function rejectAsLogError(error: unknown): never {
  throw toLogError(error);
}

function toEntries(reply: unknown): readonly RawEntry[] | null {
  if (!Array.isArray(reply)) return null;
  const entries = reply.map(toEntry);
  return entries.every((entry) => entry !== null) ? entries : null;
}

/** An entry of ours has exactly the fields `h` and `d`; any other keeps its ID only. */
function toEntry(reply: unknown): RawEntry | null {
  const [id, fields] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (!Buffer.isBuffer(id) || !Array.isArray(fields)) return null;
  const [headerName, header, dataName, data] = fields as unknown[];
  const isOurs = fields.length === 4 && isText(headerName, 'h') && isText(dataName, 'd');
  if (!isOurs || !Buffer.isBuffer(header) || !Buffer.isBuffer(data)) {
    return { id: id.toString('latin1'), header: null, data: null };
  }
  return { id: id.toString('latin1'), header: header.toString('utf8'), data };
}

const isText = (value: unknown, text: string): boolean => Buffer.isBuffer(value) && value.toString('latin1') === text;

function highestDeletedOf(info: unknown): string | null {
  if (!Array.isArray(info)) return null;
  const at = info.indexOf('max-deleted-entry-id');
  const id: unknown = at < 0 ? null : info[at + 1];
  return typeof id === 'string' ? id : null;
}
