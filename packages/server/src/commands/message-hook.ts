/** Hop 4/8: the application's own check of a message before it is stored, with a deadline. */
import type { MessageId, RoomId, UserId } from '@holdline/protocol';
import { withDeadline, type Clock } from '../clock.ts';
import { errorFields, type FaultLog } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Refusal } from './session.ts';

export interface MessageToCheck {
  /** Who publishes; null for an anonymous connection. */
  readonly user: UserId | null;
  readonly room: RoomId;
  readonly event: string;
  readonly messageId: MessageId;
  /** The payload; absent when `base64` carries a binary one. */
  readonly data?: unknown;
  readonly base64?: string;
}

/** Answers false to refuse the message as `bad_data`. */
export type OnMessage = (message: MessageToCheck) => boolean | undefined | void | Promise<boolean | undefined | void>;

export interface MessageHookDeps {
  readonly onMessage: OnMessage;
  readonly hookTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: FaultLog;
  readonly metrics: Metrics;
}

export class MessageHook {
  readonly #deps: MessageHookDeps;

  constructor(deps: MessageHookDeps) {
    this.#deps = deps;
  }

  /** Null when the message may be stored. A hook that fails or is late refuses it as retryable. */
  async check({ user, room, event, messageId, data, base64 }: MessageToCheck): Promise<Refusal | null> {
    const { onMessage, hookTimeoutMs, clock, logger, metrics } = this.#deps;
    const payload = base64 === undefined ? { data } : { base64 };
    try {
      const answer = Promise.resolve(onMessage({ user, room, event, messageId, ...payload }));
      const isAccepted = await withDeadline(clock, hookTimeoutMs, answer, () => new Error('onMessage took too long'));
      return isAccepted === false ? { code: 'bad_data', detail: 'refused by a check' } : null;
    } catch (error) {
      metrics.count('faults');
      logger.error({ room, event, ...errorFields(error) }, 'onMessage failed');
      return { code: 'internal' };
    }
  }
}
