/**
 * beside Hop 4/8, for back ends – appends to rooms without a socket, on one Redis connection of its own. Keeps the
 * order of its calls in a room, retries with the same message ID, and settles every call. Rules: G1.2, G2.1, G3.1,
 * G3.3.
 */
import { randomUUID } from 'node:crypto';
import {
  bodyOf,
  DEFAULT_MAX_FRAME_BYTES,
  ERROR_CODES,
  isEventName,
  isMessageId,
  isRoomId,
  isUserId,
  MAX_DATA_DEPTH,
  type ErrorCode,
  type MessageId,
  type RetryVerdict,
  type RoomId,
  type StreamId,
} from '@holdline/protocol';
import { nanoid } from 'nanoid';
import { describeInstance } from './instance-record.ts';
import { resolveLogOptions, type LogOptions } from './log-options.ts';
import type { EngineObserver } from './log/log-source.ts';
import { LogError, type AppendMessage, type AppendOutcome } from './log/message-log.ts';
import { RedisMessageLog } from './log/redis-message-log.ts';
import { createRetentionResolver } from './log/retention.ts';
import { checkFunction, checkName, checkNumber, MOST_FRAME_BYTES } from './option-checks.ts';
import { Admission } from './redis/admission.ts';
import { createCommandClient } from './redis/clients.ts';
import { HEARTBEAT_MS } from './redis/deployment.ts';
import { createKeys } from './redis/keys.ts';
import { checkRedisUrl } from './redis/redis-url.ts';
import { RoomQueues } from './room-queues.ts';

/** What is said of the log must be what the servers were told. */
export interface PublisherOptions extends LogOptions {
  /** `redis://` or `rediss://`. */
  readonly redis: string;
  /** Shown among the instances of the deployment. @defaultValue `publisher-` and a random part */
  readonly instance?: string;
  /** @defaultValue ignores what it is told */
  readonly observe?: EngineObserver;
  /**
   * How long a message is tried while Redis does not answer, ms: up to half of `dedupeMs`, as a copy whose answer was lost must
   * still be known when the last attempt arrives. @defaultValue 10000
   */
  readonly retryForMs?: number;
  /** Bytes of one payload as JSON, or as base64: up to 16 MiB. @defaultValue 65536 */
  readonly maxMessageBytes?: number;
}

export interface PublishExtras {
  /** The idempotency key, scoped by sender: give one to publish again what may have been stored. @defaultValue a random one */
  readonly messageId?: string;
  /** The user in whose name it is published. @defaultValue null, the application itself */
  readonly sender?: string | null;
}

export interface Published {
  readonly id: StreamId;
  readonly messageId: MessageId;
  /** True when it had been stored before; `id` is that entry. */
  readonly duplicate: boolean;
}

/** Why a message was not, or perhaps not, stored. `code` and `retry` are those of the protocol's error table. */
export class PublishError extends Error {
  readonly code: ErrorCode;
  readonly retry: RetryVerdict;
  /** To publish the same message again with; null where it has none yet. */
  readonly messageId: string | null;

  constructor(code: ErrorCode, message: string, messageId: string | null = null) {
    super(message);
    this.name = 'PublishError';
    this.code = code;
    this.retry = ERROR_CODES[code].retry;
    this.messageId = messageId;
  }
}

export interface Publisher {
  /**
   * Stores a message and announces it; resolves once it is stored. Calls for one room are stored in the order in which they
   * were made. `data` is what JSON carries, or bytes (`Uint8Array`, also a Buffer, or `ArrayBuffer`), which readers get as
   * `Uint8Array`; what JSON would turn into something else is refused.
   *
   * @throws PublishError `bad_room`, `bad_event`, `bad_message_id`, `bad_data`, `message_too_large`,
   * `message_id_conflict`, `overloaded` (too many calls wait), `unavailable` or `store_refused` (after
   * `retryForMs`; with `unavailable` it may be stored all the same), `closed`.
   */
  publish(room: string, event: string, data: unknown, extras?: PublishExtras): Promise<Published>;
  /** Settles what waits (at most `retryForMs`), then disconnects. */
  close(): Promise<void>;
}

/** Where the window of dedupe is not shorter than twice this. */
const DEFAULT_RETRY_FOR_MS = 10_000;

/**
 * Connects at once, and again for as long as it is not closed; until then calls wait for up to `retryForMs`.
 *
 * @throws OptionsError with code `bad_options` when an option makes no sense: `redis` must be a `redis://` or `rediss://` URL of one server
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { instance, retryForMs, maxMessageBytes, observe, ...logOptions } = resolvePublisherOptions(options);
  const { prefix, retention, dedupeMs, dedupeRecords } = logOptions;
  const onError = (message: string): void => observe({ name: 'connection-error', connection: 'command', message });
  const keys = createKeys(prefix);
  const command = createCommandClient({
    url: options.redis,
    name: `holdline:${instance}`.replaceAll(/[^A-Za-z0-9_.:-]/g, '-'),
    onError: (_role, message) => onError(message),
  });
  const mine = describeInstance({ instance, boot: randomUUID(), prefix, dedupeMs });
  const admission = new Admission({ command, keys, mine, onChecked: () => {}, onError });
  const log = new RedisMessageLog({
    redis: command,
    keys,
    retentionOf: createRetentionResolver(retention),
    dedupeMs,
    dedupeRecords,
    sealKey: () => {
      if (admission.sealKey !== null && admission.refusal === null) return admission.sealKey;
      throw new LogError('unavailable', admission.refusal ?? 'not connected to Redis');
    },
    observe,
    now: () => Date.now(),
  });
  const queues = new RoomQueues({ log, retryForMs });
  const heartbeat = setInterval(() => void admission.check(), HEARTBEAT_MS);
  let isClosed = false;
  // The rejection repeats what the error event has told, and the retry goes on by itself.
  command.connect().catch(() => undefined);

  return {
    async publish(room, event, data, { messageId = nanoid(), sender = null } = {}) {
      if (isClosed) throw new PublishError('closed', 'the publisher was closed', messageId);
      const message = toMessage(room, event, data, messageId, sender, maxMessageBytes);
      return settle(await queues.add(room as RoomId, message).catch(toPublishError(messageId)), message);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await queues.idle();
      clearInterval(heartbeat);
      await admission.leave();
      command.disconnect();
    },
  };
}

interface ResolvedPublisherOptions extends Required<Omit<PublisherOptions, 'redis'>> {}

function resolvePublisherOptions(options: PublisherOptions): ResolvedPublisherOptions {
  const log = resolveLogOptions(options);
  const most = Math.floor(log.dedupeMs / 2);
  const { instance = `publisher-${nanoid(8)}`, observe = () => {} } = options;
  const { retryForMs = Math.min(DEFAULT_RETRY_FOR_MS, most), maxMessageBytes = DEFAULT_MAX_FRAME_BYTES } = options;
  checkRedisUrl('redis', options.redis);
  checkName('instance', instance);
  checkFunction('observe', observe);
  checkNumber('retryForMs', retryForMs, [0, most]);
  checkNumber('maxMessageBytes', maxMessageBytes, [1, MOST_FRAME_BYTES]);
  return { ...log, instance, observe, retryForMs, maxMessageBytes };
}

function settle(outcome: AppendOutcome, { messageId }: AppendMessage): Published {
  switch (outcome.status) {
    case 'stored':
    case 'duplicate':
      return { id: outcome.id, messageId, duplicate: outcome.status === 'duplicate' };
    case 'conflict':
      throw new PublishError('message_id_conflict', 'this message ID was stored before with other content', messageId);
    case 'beyond-window':
      throw new PublishError('beyond_window', 'whether it was stored cannot be told any more', messageId);
  }
}

const toPublishError =
  (messageId: string) =>
  (error: unknown): never => {
    if (error instanceof LogError) throw new PublishError(error.code, error.message, messageId);
    throw new PublishError('overloaded', 'too many messages wait for Redis', messageId);
  };

function toMessage(
  room: string,
  event: string,
  data: unknown,
  messageId: string,
  sender: string | null,
  maxBytes: number,
): AppendMessage {
  if (!isRoomId(room)) throw new PublishError('bad_room', 'the room name breaks the naming rule');
  if (!isEventName(event)) throw new PublishError('bad_event', 'the event name breaks the naming rule');
  if (!isMessageId(messageId)) throw new PublishError('bad_message_id', 'the message ID breaks the naming rule');
  if (sender !== null && !isUserId(sender)) throw new PublishError('bad_data', 'the sender breaks the naming rule');
  const body = bodyOf(data);
  const text = JSON.stringify(body.base64 ?? body.data);
  if ('cause' in body || depthOf(text) > MAX_DATA_DEPTH) {
    throw new PublishError('bad_data', 'the data is no JSON value, or nests too deeply', messageId);
  }
  if (Buffer.byteLength(text) > maxBytes) {
    throw new PublishError('message_too_large', `the data has more than ${maxBytes} bytes`, messageId);
  }
  const kind = body.base64 === undefined ? 'json' : 'binary';
  return { messageId, kind, event, sender, data: text, isRetry: false, firstSentAt: null };
}

/** Levels of arrays and objects, counted in the text: a value may hold one object many times over. */
function depthOf(json: string): number {
  let [depth, deepest] = [0, 0];
  for (const [mark] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[{}\]]/g)) {
    if (mark === '[' || mark === '{') deepest = Math.max(deepest, (depth += 1));
    else if (mark === ']' || mark === '}') depth -= 1;
  }
  return deepest;
}
