/**
 * Hop 4/8: what each frame of an open connection does: frame type → handler, exhaustive. One `Commands` belongs to
 * one connection; frames come in one at a time, and the next one only when the promise is settled.
 */
import {
  decodeJoin,
  ERROR_CODES,
  type ClientFrame,
  type FrameSubject,
  type HelloFrame,
  type Undecodable,
} from '@holdline/protocol';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import { Joiner, type JoinerDeps } from './joiner.ts';
import { isNameablePublish, Publisher, type PublisherDeps } from './publisher.ts';
import { fullBucket, takeToken, type Bucket, type RateLimit } from './rate-limit.ts';
import type { Refusal, Session } from './session.ts';
import { Signaler, type SignalerDeps } from './signaler.ts';

export interface CommandDeps extends JoinerDeps, PublisherDeps, SignalerDeps {
  readonly log: JoinerDeps['log'] & PublisherDeps['log'];
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly rate: RateLimit;
}

/** Any frame but the first. */
type OpenFrame = Exclude<ClientFrame, HelloFrame>;

export class Commands {
  readonly #deps: CommandDeps;
  readonly #session: Session;
  readonly #joiner: Joiner;
  // Made when they are first needed: most connections only listen.
  #publisher: Publisher | null = null;
  #signaler: Signaler | null = null;
  /** Null while it is full. */
  #bucket: Bucket | null = null;

  constructor(deps: CommandDeps, session: Session) {
    this.#deps = deps;
    this.#session = session;
    this.#joiner = new Joiner(deps, session);
  }

  /** Undefined when the frame is dealt with on return. */
  dispatch(frame: OpenFrame, frameBytes: number): Promise<void> | undefined {
    // A publish may be somewhat larger than allowed and still get a nack that names it.
    if (frame.type === 'publish') return this.#publishing().publish(frame, frameBytes, this.#isOverRate());
    if (frameBytes > this.#deps.maxFrameBytes) {
      this.refuse({ request: frame.type }, { code: 'frame_too_large', detail: 'limits.maxFrameBytes' });
      return undefined;
    }
    if (frame.type === 'signal' || frame.type === 'auth') return this.#dispatchLasting(frame);
    this.#dispatchBrief(frame);
    return undefined;
  }

  async #dispatchLasting(frame: Extract<OpenFrame, { readonly type: 'signal' | 'auth' }>): Promise<void> {
    if (this.#isOverRate()) {
      const subject = frame.type === 'auth' ? { request: 'auth' } : { request: 'signal', room: frame.room };
      return this.refuse(subject, { code: 'rate_limited' });
    }
    if (frame.type === 'signal') return this.#signaling().signal(frame);
    if (await this.#session.refresh(frame.token)) this.#joiner.recheck();
  }

  #dispatchBrief(frame: Exclude<OpenFrame, { readonly type: 'publish' | 'signal' | 'auth' }>): void {
    switch (frame.type) {
      case 'withdraw':
        return this.#publisher?.withdraw(frame.room, frame.messageId);
      case 'join':
        if (this.#isOverRate()) return this.#joiner.refuse(frame, { code: 'rate_limited' });
        return this.#joiner.join(frame);
      case 'leave':
        return this.#joiner.leave(frame.room);
      case 'ping':
        return this.#session.send({ type: 'pong' });
      case 'pong':
        return;
    }
  }

  /** The joins of a hello, each judged on its own. */
  joinAll(joins: readonly unknown[]): void {
    for (const value of joins) {
      const decoded = decodeJoin(value);
      if (decoded.ok) this.#joiner.join(decoded.frame);
      else this.refuse(decoded.subject, { code: decoded.code, detail: decoded.message });
    }
  }

  /** Answers a frame that could not be decoded. */
  refuseUndecodable({ code, message, subject }: Undecodable): void {
    const refusal = { code, detail: message };
    if (isNameablePublish(subject)) this.#publishing().refuseUndecodable(subject.room, subject.messageId, refusal);
    else this.refuse(subject, refusal);
  }

  refuse({ request, room, ref }: FrameSubject, { code, detail }: Refusal): void {
    this.#deps.metrics.count('frames_refused');
    this.#session.send({
      type: 'error',
      code,
      retry: ERROR_CODES[code].retry,
      ...(request !== undefined && { request }),
      ...(room !== undefined && { room }),
      ...(ref !== undefined && { ref }),
      ...(detail !== undefined && { message: detail }),
    });
  }

  /** The connection is gone. */
  close(): void {
    this.#joiner.leaveAll();
  }

  #publishing(): Publisher {
    return (this.#publisher ??= new Publisher(this.#deps, this.#session));
  }

  #signaling(): Signaler {
    return (this.#signaler ??= new Signaler(this.#deps, this.#session));
  }

  #isOverRate(): boolean {
    const { rate, clock } = this.#deps;
    const now = clock.monotonic();
    const { bucket, isTaken } = takeToken(this.#bucket ?? fullBucket(rate, now), rate, now);
    this.#bucket = bucket;
    return !isTaken;
  }
}
