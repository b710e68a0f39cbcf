/**
 * beside Hop 4/8, for back ends – the queues of `createPublisher`; connections have commands/append-queue.ts. One
 * append call a room at a time; what waits goes together in the next one. A call that failed is made again,
 * without the messages whose time is over, before anything later is sent. Bounded in count and bytes over all
 * rooms, and in time for each message.
 */
import type { RoomId } from '@holdline/protocol';
import { LogError, type AppendMessage, type AppendOutcome, type MessageLog } from './log/message-log.ts';

export interface RoomQueuesOptions {
  readonly log: Pick<MessageLog, 'append'>;
  /** How long a message is tried, ms. */
  readonly retryForMs: number;
}

interface Waiting {
  readonly message: AppendMessage;
  readonly bytes: number;
  readonly givesUpAt: number;
  resolve(outcome: AppendOutcome): void;
  reject(error: Error): void;
}

const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_CALL = 16;
const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 1000;

export class RoomQueues {
  readonly #options: RoomQueuesOptions;
  readonly #rooms = new Map<RoomId, Waiting[]>();
  #waiting = 0;
  #bytes = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(options: RoomQueuesOptions) {
    this.#options = options;
  }

  /** Rejects with LogError when it was given up, and with RangeError when too much waits already. */
  add(room: RoomId, message: AppendMessage): Promise<AppendOutcome> {
    const bytes = Buffer.byteLength(message.data);
    if (this.#waiting >= MAX_WAITING || this.#bytes + bytes > MAX_WAITING_BYTES) {
      return Promise.reject(new RangeError('too much waits'));
    }
    return new Promise((resolve, reject) => {
      const givesUpAt = performance.now() + this.#options.retryForMs;
      const queue = this.#rooms.get(room);
      this.#waiting += 1;
      this.#bytes += bytes;
      const waiting: Waiting = { message, bytes, givesUpAt, resolve, reject };
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      const started = [waiting];
      this.#rooms.set(room, started);
      void this.#drain(room, started);
    });
  }

  /** Resolves when everything that was added is settled. */
  idle(): Promise<void> {
    return this.#rooms.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  async #drain(room: RoomId, queue: Waiting[]): Promise<void> {
    // What is added in the same turn goes together from the first call on.
    await Promise.resolve();
    while (queue.length > 0) await this.#send(room, queue.splice(0, MAX_CALL), queue);
    this.#rooms.delete(room);
    if (this.#rooms.size > 0) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  /** Tries a batch until it is answered; those whose time is over leave it, and those that wait behind it. */
  async #send(room: RoomId, batch: readonly Waiting[], behind: Waiting[]): Promise<void> {
    let open = batch;
    for (let delayMs = FIRST_DELAY_MS; open.length > 0; delayMs = Math.min(MAX_DELAY_MS, delayMs * 2)) {
      const result = await this.#append(room, open);
      if (!(result instanceof Error)) {
        open.forEach((waiting, i) => this.#settle(waiting, result[i] ?? new LogError('unavailable', 'no outcome')));
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, delayMs * (0.5 + Math.random() / 2)));
      open = this.#giveUp(open, result);
      behind.splice(0, behind.length, ...this.#giveUp(behind, result));
    }
  }

  /** Those whose time is not over yet. */
  #giveUp(waiting: readonly Waiting[], error: Error): readonly Waiting[] {
    const nowMs = performance.now();
    for (const each of waiting) if (each.givesUpAt <= nowMs) this.#settle(each, error);
    return waiting.filter(({ givesUpAt }) => givesUpAt > nowMs);
  }

  async #append(room: RoomId, batch: readonly Waiting[]): Promise<readonly AppendOutcome[] | Error> {
    try {
      return await this.#options.log.append(
        room,
        batch.map(({ message }) => message),
      );
    } catch (error) {
      return error instanceof LogError ? error : new LogError('unavailable', 'appending failed', { cause: error });
    }
  }

  #settle(waiting: Waiting, result: AppendOutcome | Error): void {
    this.#waiting -= 1;
    this.#bytes -= waiting.bytes;
    if (result instanceof Error) waiting.reject(result);
    else waiting.resolve(result);
  }
}
