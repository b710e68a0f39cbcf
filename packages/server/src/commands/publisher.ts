/**
 * Hop 4/8: the publishes of one connection: check, authorise, stamp, queue, answer. Every publish gets
 * exactly one ack or nack while the connection lives; an ack only for what is stored (G2.1). Before
 * a retry is refused for good the log is asked whether it holds the first copy (G3.6).
 */
import {
  ERROR_CODES,
  type FrameSubject,
  type MessageId,
  type PublishFrame,
  type RoomId,
  type StreamId,
} from '@holdline/protocol';
import { withDeadline, type Clock } from '../clock.ts';
import { LogError, type AppendMessage, type AppendOutcome, type MessageLog } from '../log/message-log.ts';
import { errorFields, type Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { refusalOf, type Access } from './access.ts';
import type { AppendQueues, QueuedPublish } from './append-queue.ts';
import { checkPublish, payloadText } from './message-checks.ts';
import type { MessageHook } from './message-hook.ts';
import {
  INITIAL_ORDER,
  isAdmitted,
  isCurrent,
  nextOrder,
  type PublishOrder,
  type PublishOrderEvent,
} from './publish-order.ts';
import type { Refusal, Session } from './session.ts';

export interface PublisherDeps {
  readonly access: Access;
  readonly queues: AppendQueues;
  readonly log: Pick<MessageLog, 'findStored'>;
  readonly hook: MessageHook | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly maxFrameBytes: number;
  readonly maxInFlight: number;
  /** Rooms in which a connection may have refused publishes outstanding. */
  readonly maxRooms: number;
  readonly hookTimeoutMs: number;
}

interface RoomOrder {
  order: PublishOrder;
  queued: number;
}

export class Publisher {
  readonly #deps: PublisherDeps;
  readonly #session: Session;
  readonly #orders = new Map<RoomId, RoomOrder>();
  #inFlight = 0;

  constructor(deps: PublisherDeps, session: Session) {
    this.#deps = deps;
    this.#session = session;
  }

  /** Resolves when the publish is queued or answered. Must not be called again before that. */
  async publish(frame: PublishFrame, frameBytes: number, isOverRate: boolean): Promise<void> {
    this.#move(frame.room, { type: 'came', messageId: frame.messageId });
    const atDoor = this.#refusalAtDoor(frame.room, isOverRate);
    if (atDoor !== null) return this.#refuse(frame, atDoor);
    const refusal = checkPublish(frame, frameBytes, this.#deps.maxFrameBytes) ?? (await this.#judge(frame));
    if (!this.#session.isOpen) return;
    if (refusal === null) this.#enqueue(frame);
    else if (ERROR_CODES[refusal.code].retry === 'never' && frame.retry === true)
      await this.#refuseRetry(frame, refusal);
    else this.#refuse(frame, refusal);
  }

  /** A publish that could not be decoded, though its room and message ID could. */
  refuseUndecodable(room: RoomId, messageId: MessageId, refusal: Refusal): void {
    this.#refuse({ room, messageId }, refusal);
  }

  withdraw(room: RoomId, messageId: MessageId): void {
    this.#move(room, { type: 'withdrawn', messageId });
  }

  #refusalAtDoor(room: RoomId, isOverRate: boolean): Refusal | null {
    if (this.#session.isDraining) return { code: 'draining' };
    if (isOverRate) return { code: 'rate_limited' };
    if (this.#inFlight >= this.#deps.maxInFlight) return { code: 'too_many_in_flight' };
    return this.#isBlocked(room) ? { code: 'out_of_order' } : null;
  }

  async #judge(frame: PublishFrame): Promise<Refusal | null> {
    const { access, hook } = this.#deps;
    const answer = access.ask(this.#session.principal, frame.room, 'publish');
    const refusal = refusalOf(typeof answer === 'string' ? answer : await answer);
    if (refusal !== null || hook === null) return refusal;
    return hook.check({ user: this.#session.principal.user, ...frame });
  }

  #enqueue(frame: PublishFrame): void {
    // An earlier one may have been refused while this one was being judged.
    if (this.#isBlocked(frame.room)) return this.#refuse(frame, { code: 'out_of_order' });
    const entry = this.#entry(frame.room);
    const generation = entry.order.generation;
    entry.queued += 1;
    this.#inFlight += 1;
    const isTaken = this.#deps.queues.add(frame.room, this.#queued(frame, entry, generation));
    if (isTaken) return;
    this.#leaveQueue(entry);
    this.#refuse(frame, { code: 'overloaded' });
  }

  #queued(frame: PublishFrame, entry: RoomOrder, generation: number): QueuedPublish {
    const { room, messageId } = frame;
    return {
      message: this.#stamp(frame),
      verdict: () => {
        if (!this.#session.isOpen) return 'drop';
        return isCurrent(entry.order, generation) ? 'send' : 'refuse';
      },
      answered: (outcome) => {
        this.#leaveQueue(entry);
        this.#answer(room, messageId, outcome);
      },
      refused: (error) => {
        this.#leaveQueue(entry);
        this.#move(room, { type: 'refused-in-queue', messageId, generation });
        this.#nack(room, messageId, { code: error?.code ?? 'out_of_order' });
      },
    };
  }

  /** Sender and time are the server's to say. */
  #stamp(frame: PublishFrame): AppendMessage {
    return {
      messageId: frame.messageId,
      kind: frame.base64 === undefined ? 'json' : 'binary',
      event: frame.event,
      sender: this.#session.principal.user,
      data: payloadText(frame),
      isRetry: frame.retry === true,
      firstSentAt: frame.firstSentAt ?? null,
    };
  }

  #answer(room: RoomId, messageId: MessageId, outcome: AppendOutcome): void {
    switch (outcome.status) {
      case 'stored':
        return this.#ack(room, messageId, outcome.id, false);
      case 'duplicate':
        return this.#ack(room, messageId, outcome.id, true);
      case 'conflict':
        return this.#refuse({ room, messageId }, { code: 'message_id_conflict' });
      case 'beyond-window':
        return this.#refuse({ room, messageId }, { code: 'beyond_window' });
    }
  }

  #ack(room: RoomId, messageId: MessageId, id: StreamId, duplicate: boolean): void {
    this.#deps.metrics.count(duplicate ? 'publishes_duplicate' : 'publishes_stored');
    this.#move(room, { type: 'settled', messageId });
    this.#session.send({ type: 'ack', room, messageId, id, duplicate });
  }

  async #refuseRetry(frame: PublishFrame, refusal: Refusal): Promise<void> {
    const { room, messageId } = frame;
    const stored = await this.#findStored(room, messageId);
    if (!this.#session.isOpen) return;
    if (stored instanceof LogError) this.#refuse(frame, { code: stored.code });
    else if (stored !== null) this.#ack(room, messageId, stored, true);
    else this.#refuse(frame, refusal);
  }

  async #findStored(room: RoomId, messageId: MessageId): Promise<StreamId | null | LogError> {
    const { log, clock, hookTimeoutMs, logger, metrics } = this.#deps;
    const late = (): LogError => new LogError('unavailable', 'looking up a message took too long');
    try {
      const lookup = log.findStored(room, this.#session.principal.user, messageId);
      return await withDeadline(clock, hookTimeoutMs, lookup, late);
    } catch (error) {
      if (error instanceof LogError) return error;
      metrics.count('faults');
      logger.error({ room, ...errorFields(error) }, 'looking up a message failed unexpectedly');
      return new LogError('unavailable', 'looking up a message failed', { cause: error });
    }
  }

  /** Refused before it was queued, or for good. */
  #refuse({ room, messageId }: Pick<PublishFrame, 'room' | 'messageId'>, refusal: Refusal): void {
    const isFinal = ERROR_CODES[refusal.code].retry === 'never';
    this.#move(room, { type: isFinal ? 'settled' : 'refused-at-door', messageId });
    this.#nack(room, messageId, refusal);
  }

  #nack(room: RoomId, messageId: MessageId, { code, detail }: Refusal): void {
    this.#deps.metrics.count('publishes_refused');
    const { retry } = ERROR_CODES[code];
    this.#session.send({
      type: 'nack',
      room,
      messageId,
      code,
      retry,
      ...(detail !== undefined && { message: detail }),
    });
  }

  #isBlocked(room: RoomId): boolean {
    const entry = this.#orders.get(room);
    return entry !== undefined && !isAdmitted(entry.order);
  }

  #leaveQueue(entry: RoomOrder): void {
    entry.queued -= 1;
    this.#inFlight -= 1;
  }

  #entry(room: RoomId): RoomOrder {
    let entry = this.#orders.get(room);
    if (entry === undefined) {
      entry = { order: INITIAL_ORDER, queued: 0 };
      this.#orders.set(room, entry);
    }
    return entry;
  }

  /** Rooms in which nothing waits and nothing is blocked are forgotten; a generation matters only while something waits. */
  #move(room: RoomId, event: PublishOrderEvent): void {
    const entry = this.#entry(room);
    entry.order = nextOrder(entry.order, event);
    if (entry.queued === 0 && isAdmitted(entry.order)) this.#orders.delete(room);
    else if (this.#orders.size > this.#deps.maxRooms + this.#deps.maxInFlight) this.#session.overload();
  }
}

/** The code and subject of a publish that could not be decoded, when it can be named in a nack. */
export const isNameablePublish = (
  subject: FrameSubject,
): subject is FrameSubject & { readonly room: RoomId; readonly messageId: MessageId } =>
  subject.request === 'publish' && subject.room !== undefined && subject.messageId !== undefined;
