/**
 * Hop 4/8: the publishes of one connection: check, authorise, stamp, queue, answer. Every publish gets exactly one
 * ack or nack while the connection lives; an ack only for what is stored (G2.1). Before a retry is refused for
 * good the log is asked whether it holds the first copy (G3.6).
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
import { errorFields, type FaultLog } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { refusalOf, type Access, type Answer } from './access.ts';
import type { AppendQueues, QueuedPublish } from './append-queue.ts';
import { checkPublish, payloadText } from './message-checks.ts';
import type { MessageHook } from './message-hook.ts';
import { PublishOrder, type Admission } from './publish-order.ts';
import type { Refusal, Session } from './session.ts';

export interface PublisherDeps {
  readonly access: Access;
  readonly queues: AppendQueues;
  readonly log: Pick<MessageLog, 'findStored'>;
  readonly hook: MessageHook | null;
  readonly clock: Clock;
  readonly logger: FaultLog;
  readonly metrics: Metrics;
  readonly maxFrameBytes: number;
  readonly maxInFlight: number;
  readonly hookTimeoutMs: number;
}

/** So many times the publishes in flight may be refused and not back, in one room, and rooms with such. */
const REFUSED_FACTOR = 4;

export class Publisher {
  readonly #deps: PublisherDeps;
  readonly #session: Session;
  readonly #orders = new Map<RoomId, PublishOrder>();
  #inFlight = 0;

  constructor(deps: PublisherDeps, session: Session) {
    this.#deps = deps;
    this.#session = session;
  }

  /**
   * Undefined when the publish is queued or answered on return; else the promise resolves when it is. Must not be called
   * again before that.
   */
  publish(frame: PublishFrame, frameBytes: number, isOverRate: boolean): Promise<void> | undefined {
    const { room, messageId } = frame;
    const admission = this.#order(room).come(messageId);
    if (admission === null) {
      this.#nackOutOfOrder(room, messageId);
      return undefined;
    }
    const atDoor = this.#refusalAtDoor(isOverRate);
    if (atDoor !== null) {
      this.#refuse(room, admission, atDoor);
      return undefined;
    }
    const verdict = checkPublish(frame, frameBytes, this.#deps.maxFrameBytes) ?? this.#judge(frame);
    if (verdict instanceof Promise) return verdict.then((refusal) => this.#judged(frame, admission, refusal));
    return this.#judged(frame, admission, verdict);
  }

  #judged(frame: PublishFrame, admission: Admission, refusal: Refusal | null): Promise<void> | undefined {
    if (!this.#session.isOpen) return undefined;
    if (refusal === null) this.#enqueue(frame, admission);
    else if (isFinal(refusal) && frame.retry === true) return this.#refuseRetry(frame, admission, refusal);
    else this.#refuse(frame.room, admission, refusal);
    return undefined;
  }

  /** A publish that could not be decoded, though its room and message ID could. */
  refuseUndecodable(room: RoomId, messageId: MessageId, refusal: Refusal): void {
    this.withdraw(room, messageId);
    this.#nack(room, messageId, refusal);
  }

  withdraw(room: RoomId, messageId: MessageId): void {
    this.#orders.get(room)?.forget(messageId);
    this.#tidy(room);
  }

  #refusalAtDoor(isOverRate: boolean): Refusal | null {
    if (this.#session.isDraining) return { code: 'draining' };
    if (isOverRate) return { code: 'rate_limited' };
    return this.#inFlight >= this.#deps.maxInFlight ? { code: 'too_many_in_flight' } : null;
  }

  /** A plain value where the grants decide and nothing else looks at the message. */
  #judge(frame: PublishFrame): Refusal | null | Promise<Refusal | null> {
    const { access, hook } = this.#deps;
    const answer = access.ask(this.#session.principal, frame.room, 'publish');
    if (typeof answer === 'string' && hook === null) return refusalOf(answer);
    return this.#judgeInTime(frame, answer);
  }

  async #judgeInTime(frame: PublishFrame, answer: Answer | Promise<Answer>): Promise<Refusal | null> {
    const refusal = refusalOf(await answer);
    const { hook } = this.#deps;
    if (refusal !== null || hook === null) return refusal;
    return hook.check({ user: this.#session.principal.user, ...frame });
  }

  #enqueue(frame: PublishFrame, admission: Admission): void {
    // Something before it may have been refused while this one was being judged.
    if (admission.isOvertaken) return this.#refuse(frame.room, admission, { code: 'out_of_order' });
    this.#inFlight += 1;
    if (this.#deps.queues.add(frame.room, this.#queued(frame, admission))) return;
    this.#inFlight -= 1;
    this.#refuse(frame.room, admission, { code: 'overloaded' });
  }

  #queued(frame: PublishFrame, admission: Admission): QueuedPublish {
    const { room } = frame;
    return {
      message: this.#stamp(frame),
      verdict: () => {
        if (!this.#session.isOpen) return 'drop';
        return admission.isOvertaken ? 'refuse' : 'send';
      },
      answered: (outcome) => {
        this.#inFlight -= 1;
        this.#answer(room, admission, outcome);
      },
      refused: (error) => {
        this.#inFlight -= 1;
        this.#refuse(room, admission, { code: error?.code ?? 'out_of_order' });
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

  #answer(room: RoomId, admission: Admission, outcome: AppendOutcome): void {
    switch (outcome.status) {
      case 'stored':
        return this.#ack(room, admission, outcome.id, false);
      case 'duplicate':
        return this.#ack(room, admission, outcome.id, true);
      case 'conflict':
        return this.#refuse(room, admission, { code: 'message_id_conflict' });
      case 'beyond-window':
        return this.#refuse(room, admission, { code: 'beyond_window' });
    }
  }

  #ack(room: RoomId, admission: Admission, id: StreamId, duplicate: boolean): void {
    this.#deps.metrics.count(duplicate ? 'publishes_duplicate' : 'publishes_stored');
    this.#orders.get(room)?.settle(admission);
    this.#tidy(room);
    this.#session.send({ type: 'ack', room, messageId: admission.messageId, id, duplicate });
  }

  async #refuseRetry(frame: PublishFrame, admission: Admission, refusal: Refusal): Promise<void> {
    const { room } = frame;
    const stored = await this.#findStored(frame);
    if (!this.#session.isOpen) return;
    if (stored instanceof LogError) this.#refuse(room, admission, { code: stored.code });
    else if (stored === 'conflict') this.#refuse(room, admission, { code: 'message_id_conflict' });
    else if (stored !== null) this.#ack(room, admission, stored, true);
    else this.#refuse(room, admission, refusal);
  }

  async #findStored(frame: PublishFrame): Promise<StreamId | 'conflict' | null | LogError> {
    const { log, clock, hookTimeoutMs, logger, metrics } = this.#deps;
    const late = (): LogError => new LogError('unavailable', 'looking up a message took too long');
    try {
      const lookup = log.findStored(frame.room, this.#stamp(frame));
      return await withDeadline(clock, hookTimeoutMs, lookup, late);
    } catch (error) {
      if (error instanceof LogError) return error;
      metrics.count('faults');
      logger.error({ room: frame.room, ...errorFields(error) }, 'looking up a message failed unexpectedly');
      return new LogError('unavailable', 'looking up a message failed', { cause: error });
    }
  }

  #refuse(room: RoomId, admission: Admission, refusal: Refusal): void {
    const order = this.#orders.get(room);
    if (isFinal(refusal)) order?.settle(admission);
    else order?.refuse(admission);
    this.#tidy(room);
    this.#nack(room, admission.messageId, refusal);
  }

  #nackOutOfOrder(room: RoomId, messageId: MessageId): void {
    this.#tidy(room);
    this.#nack(room, messageId, { code: 'out_of_order' });
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

  #order(room: RoomId): PublishOrder {
    let order = this.#orders.get(room);
    if (order === undefined) {
      order = new PublishOrder();
      this.#orders.set(room, order);
    }
    return order;
  }

  /** Forgets rooms with nothing to remember; who has more refused publishes outstanding than anybody needs, goes. */
  #tidy(room: RoomId): void {
    const order = this.#orders.get(room);
    if (order === undefined) return;
    if (order.isIdle) this.#orders.delete(room);
    const most = REFUSED_FACTOR * this.#deps.maxInFlight;
    if (order.refusedCount > most || this.#orders.size > most) this.#session.overload();
  }
}

const isFinal = ({ code }: Refusal): boolean => ERROR_CODES[code].retry === 'never';

/** The code and subject of a publish that could not be decoded, when it can be named in a nack. */
export const isNameablePublish = (
  subject: FrameSubject,
): subject is FrameSubject & { readonly room: RoomId; readonly messageId: MessageId } =>
  subject.request === 'publish' && subject.room !== undefined && subject.messageId !== undefined;
