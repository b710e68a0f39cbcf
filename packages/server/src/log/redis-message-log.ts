/** Hop 5/8: the log in Redis. Appends through the one script, reads through the reader that both engines share. */
import type { RoomId } from '@holdline/protocol';
import type { Redis } from 'ioredis';
import { appendTarget, callAppendScript, readOutcomes, type AppendTarget } from '../redis/append-script.ts';
import type { Keys } from '../redis/keys.ts';
import { toAppendInput } from './append-input.ts';
import { rotationOf } from './dedupe.ts';
import { LogReader } from './log-reader.ts';
import type { EngineObserver } from './log-source.ts';
import { LogError, type AppendMessage, type AppendOutcome, type MessageLog } from './message-log.ts';
import { toLogError } from './redis-errors.ts';
import { createRedisLogSource } from './redis-log-source.ts';
import { positionLifetimeOf, type Retention } from './retention.ts';

export interface RedisMessageLogOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly retentionOf: (room: string) => Retention;
  readonly dedupeMs: number;
  readonly dedupeRecords: number;
  /** The key of the deployment; throws `LogError` while there is none. */
  readonly sealKey: () => string;
  readonly observe: EngineObserver;
  readonly now: () => number;
  /** What became of each append: whether Redis wrote, or failed to answer as it should. */
  readonly onAppend?: (result: 'append-stored' | 'append-failed') => void;
  /** A clock in place of that of Redis, where it does not answer null; tests step it. */
  readonly testClock?: () => number | null;
}

/** Rooms of which the target is kept; when there are more, all are forgotten and made anew. */
const MAX_TARGETS = 2048;

export class RedisMessageLog extends LogReader implements MessageLog {
  readonly #options: RedisMessageLogOptions;
  readonly #targets = new Map<RoomId, AppendTarget>();
  /** With which the targets were made. */
  #sealKey: string | null = null;

  constructor(options: RedisMessageLogOptions) {
    super({ ...options, source: createRedisLogSource(options) });
    this.#options = options;
  }

  async append(room: RoomId, messages: readonly AppendMessage[]): Promise<readonly AppendOutcome[]> {
    if (messages.length === 0) return [];
    const { redis, onAppend } = this.#options;
    try {
      const reply = await callAppendScript(redis, this.#target(room), messages.map(toAppendInput));
      const outcomes = this.#outcomesIn(reply, messages.length);
      if (outcomes.some(({ status }) => status === 'stored')) onAppend?.('append-stored');
      return outcomes;
    } catch (error) {
      onAppend?.('append-failed');
      throw toLogError(error);
    }
  }

  #outcomesIn(reply: unknown, count: number): readonly AppendOutcome[] {
    const outcomes = readOutcomes(reply, count);
    if (outcomes !== null) return outcomes as readonly AppendOutcome[];
    this.#options.observe({ name: 'bad-reply', command: 'EVALSHA' });
    throw new LogError('unavailable', 'the reply of the append script has not the shape of one');
  }

  #target(room: RoomId): AppendTarget {
    const { sealKey, testClock } = this.#options;
    const key = sealKey();
    const nowMs = testClock?.() ?? null;
    if (nowMs !== null) return this.#createTarget(room, key, nowMs);
    if (key !== this.#sealKey || this.#targets.size >= MAX_TARGETS) this.#targets.clear();
    this.#sealKey = key;
    let target = this.#targets.get(room);
    if (target === undefined) {
      target = this.#createTarget(room, key, null);
      this.#targets.set(room, target);
    }
    return target;
  }

  #createTarget(room: RoomId, sealKey: string, nowMs: number | null): AppendTarget {
    const { keys, retentionOf, dedupeMs, dedupeRecords } = this.#options;
    const retention = retentionOf(room);
    return appendTarget(keys.room(room), {
      sealKey,
      maxCount: retention.count,
      ageMs: retention.ageMs,
      windowMs: dedupeMs,
      rotateMs: rotationOf(dedupeMs),
      positionMs: positionLifetimeOf(retention),
      maxRecords: dedupeRecords,
      nowMs,
    });
  }
}
