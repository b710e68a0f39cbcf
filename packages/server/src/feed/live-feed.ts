/**
 * Hop 6/8: the feed. The port through which stored entries reach the instances that have members in the room. It
 * is fast and may forget; the room notices from the chain of predecessors, and from what the feed tells of its own
 * interruptions (docs/GUARANTEES.md G5).
 */
import type { RoomId, UserId } from '@holdline/protocol';
import type { Entry } from '../log/entry.ts';

export interface Signal {
  readonly event: string;
  readonly sender: UserId | null;
  /** JSON text. */
  readonly data: string;
}

export interface LiveFeedHandlers {
  /** Entries announced in one step, in stream order. */
  onEntries(room: RoomId, entries: readonly Entry[]): void;
  onSignal(room: RoomId, signal: Signal): void;
  /** Announcements may have been missed, or something that is none arrived: check the room against its log. */
  onSuspect(room: RoomId, why: 'resubscribed' | 'malformed' | 'foreign'): void;
}

export interface LiveFeed {
  /** Set once, before the first subscribe. */
  attach(handlers: LiveFeedHandlers): void;
  /**
   * Resolves when the subscription is acknowledged: what is announced from then on arrives. Kept up
   * through reconnects until `unsubscribe`; each renewal is acknowledged before `onSuspect(resubscribed)`.
   * Rejects with `LogError` `unavailable` when it was not acknowledged; then nothing is kept up and the
   * caller tries again later. A second call for the same room is harmless.
   */
  subscribe(room: RoomId): Promise<void>;
  /** Nothing of the room is handed on from the moment of the call. Never rejects. */
  unsubscribe(room: RoomId): Promise<void>;
  /** Volatile: reaches who listens now. Rejects with `LogError` `unavailable`. */
  signal(room: RoomId, signal: Signal): Promise<void>;
}
