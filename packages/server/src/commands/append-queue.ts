/**
 * Hop 4/8: the way of publishes into one room's log. One append call is in flight; what arrives meanwhile goes
 * together in the next one, bounded in count and bytes. That keeps the order of arrival by construction, and is
 * the fast path. Implements G1.2, G2.1, G6.1, G7.2.
 *
 *   idle ──add──▶ appending ──answered, queue empty──▶ idle
 *                  │     ▲
 *                  └─────┘ answered, more is waiting
 */
import type { RoomId } from '@holdline/protocol';
import { LogError, type AppendMessage, type AppendOutcome, type MessageLog } from '../log/message-log.ts';
import type { Metrics } from '../metrics.ts';

/** One publish on its way. The queue asks for permission once more just before it sends. */
export interface QueuedPublish {
  readonly message: AppendMessage;
  /** `drop`: nobody waits for an answer any more. `refuse`: something sent before it was refused. */
  verdict(): 'send' | 'refuse' | 'drop';
  answered(outcome: AppendOutcome): void;
  /** `error` null: refused as out of order. */
  refused(error: LogError | null): void;
}

export interface AppendLimits {
  readonly maxCallCount: number;
  readonly maxCallBytes: number;
  readonly maxQueueCount: number;
  readonly maxQueueBytes: number;
  /** Over all rooms of the instance. */
  readonly maxTotalBytes: number;
}

export const APPEND_LIMITS: AppendLimits = {
  maxCallCount: 64,
  maxCallBytes: 262_144,
  maxQueueCount: 2048,
  maxQueueBytes: 8_388_608,
  maxTotalBytes: 67_108_864,
};

interface Deps {
  readonly log: Pick<MessageLog, 'append'>;
  readonly metrics: Metrics;
  readonly limits: AppendLimits;
  /** A rejection that is no LogError: a fault of ours. */
  onFault(error: unknown): void;
}

interface Waiting {
  readonly publish: QueuedPublish;
  readonly bytes: number;
}

/** What a message weighs besides its payload. */
const MESSAGE_OVERHEAD_BYTES = 256;

const bytesOf = ({ data }: AppendMessage): number => Buffer.byteLength(data) + MESSAGE_OVERHEAD_BYTES;

const messageOf = ({ message }: QueuedPublish): AppendMessage => message;

class RoomQueue {
  readonly waiting: Waiting[] = [];
  bytes = 0;
  isAppending = false;
}

export class AppendQueues {
  readonly #deps: Deps;
  readonly #queues = new Map<RoomId, RoomQueue>();
  #totalBytes = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** False when a bound is reached: the publish was not taken. */
  add(room: RoomId, publish: QueuedPublish): boolean {
    const { limits } = this.#deps;
    const queue = this.#queues.get(room) ?? new RoomQueue();
    const bytes = bytesOf(publish.message);
    if (queue.waiting.length >= limits.maxQueueCount) return false;
    if (queue.bytes + bytes > limits.maxQueueBytes || this.#totalBytes + bytes > limits.maxTotalBytes) return false;
    this.#queues.set(room, queue);
    queue.waiting.push({ publish, bytes });
    queue.bytes += bytes;
    this.#totalBytes += bytes;
    if (!queue.isAppending) void this.#drain(room, queue);
    return true;
  }

  get isIdle(): boolean {
    return this.#queues.size === 0;
  }

  /** Resolves when everything that was added has been answered. */
  idle(): Promise<void> {
    return this.isIdle ? Promise.resolve() : new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  async #drain(room: RoomId, queue: RoomQueue): Promise<void> {
    queue.isAppending = true;
    // What arrives in the same turn goes together from the first call on.
    await Promise.resolve();
    while (queue.waiting.length > 0) {
      const batch = this.#takeBatch(queue);
      if (batch.length > 0) await this.#append(room, batch);
    }
    this.#queues.delete(room);
    if (!this.isIdle) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const waiter of waiters) waiter();
  }

  /** The longest start of the queue that fits one call, without what must not or need not be sent. */
  #takeBatch(queue: RoomQueue): readonly QueuedPublish[] {
    const { maxCallCount, maxCallBytes } = this.#deps.limits;
    const batch: QueuedPublish[] = [];
    let bytes = 0;
    let taken = 0;
    for (const item of queue.waiting) {
      if (batch.length >= maxCallCount || (batch.length > 0 && bytes + item.bytes > maxCallBytes)) break;
      taken += 1;
      queue.bytes -= item.bytes;
      this.#totalBytes -= item.bytes;
      const verdict = item.publish.verdict();
      if (verdict === 'refuse') item.publish.refused(null);
      if (verdict === 'drop') this.#deps.metrics.count('publishes_dropped');
      if (verdict !== 'send') continue;
      batch.push(item.publish);
      bytes += item.bytes;
    }
    queue.waiting.splice(0, taken);
    return batch;
  }

  async #append(room: RoomId, batch: readonly QueuedPublish[]): Promise<void> {
    this.#deps.metrics.count('append_calls');
    let result: readonly AppendOutcome[] | LogError;
    try {
      result = await this.#deps.log.append(room, batch.map(messageOf));
    } catch (error) {
      result = this.#failure(error);
    }
    for (let index = 0; index < batch.length; index++) {
      const publish = batch[index]!;
      const outcome = result instanceof LogError ? undefined : result[index];
      if (outcome !== undefined) publish.answered(outcome);
      else publish.refused(result instanceof LogError ? result : new LogError('unavailable', 'no outcome'));
    }
  }

  #failure(error: unknown): LogError {
    this.#deps.metrics.count('append_failures');
    if (error instanceof LogError) return error;
    this.#deps.onFault(error);
    return new LogError('unavailable', 'appending failed', { cause: error });
  }
}
