/** For tests of commands: a session that keeps what it was sent, and the parts around a publisher. */
import type { AckFrame, NackFrame, PublishFrame, RoomId, ServerFrame } from '@holdline/protocol';
import type { Clock } from '../clock.ts';
import type { MessageLog } from '../log/message-log.ts';
import { silentLogger } from '../logger.ts';
import { Metrics } from '../metrics.ts';
import type { Member } from '../room/member.ts';
import { Access, type Authorize } from './access.ts';
import { APPEND_LIMITS, AppendQueues, type AppendLimits } from './append-queue.ts';
import { MessageHook, type OnMessage } from './message-hook.ts';
import type { Principal } from './principal.ts';
import { Publisher } from './publisher.ts';
import type { Session } from './session.ts';

export const EVERYTHING: Principal = { user: null, expiresAt: null, grants: 'all' };

export class MemorySession implements Session {
  readonly id = 'connection';
  readonly frames: ServerFrame[] = [];
  readonly member = {} as Member;
  principal: Principal = EVERYTHING;
  isOpen = true;
  isDraining = false;
  isOverloaded = false;
  /** Called with every frame, after it was kept. */
  onFrame: (frame: ServerFrame) => void = () => {};

  send(frame: ServerFrame): void {
    this.frames.push(frame);
    this.onFrame(frame);
  }

  tellIfDegraded(): void {}

  refresh(): Promise<boolean> {
    return Promise.resolve(true);
  }

  overload(): void {
    this.isOverloaded = true;
  }

  /** Answers to publishes, as `m1 ack` or `m2 overloaded`. */
  get answers(): readonly string[] {
    return this.frames
      .filter((frame): frame is AckFrame | NackFrame => frame.type === 'ack' || frame.type === 'nack')
      .map(
        (frame) => `${frame.messageId} ${frame.type === 'nack' ? frame.code : frame.duplicate ? 'duplicate' : 'ack'}`,
      );
  }
}

export interface PublisherKitOptions {
  readonly clock: Clock;
  readonly log: Pick<MessageLog, 'append' | 'findStored'>;
  readonly authorize?: Authorize;
  readonly onMessage?: OnMessage;
  readonly limits?: Partial<AppendLimits>;
  readonly maxInFlight?: number;
}

export function createPublisherKit({ clock, log, authorize, onMessage, limits, maxInFlight }: PublisherKitOptions) {
  const metrics = new Metrics();
  const common = { clock, logger: silentLogger, metrics, hookTimeoutMs: 5000 };
  const faults: unknown[] = [];
  const queues = new AppendQueues({
    log,
    metrics,
    limits: { ...APPEND_LIMITS, ...limits },
    onFault: (error) => faults.push(error),
  });
  const connect = (session: MemorySession): Publisher =>
    new Publisher(
      {
        ...common,
        log,
        queues,
        access: new Access({ ...common, authorize: authorize ?? null }),
        hook: onMessage === undefined ? null : new MessageHook({ ...common, onMessage }),
        maxFrameBytes: 65_536,
        maxInFlight: maxInFlight ?? 256,
      },
      session,
    );
  return { connect, queues, metrics, faults };
}

export const publishFrame = (messageId: string, more: Partial<PublishFrame> = {}): PublishFrame => ({
  type: 'publish',
  room: 'lobby' as RoomId,
  event: 'text',
  messageId: messageId as PublishFrame['messageId'],
  data: { body: messageId },
  ...more,
});
