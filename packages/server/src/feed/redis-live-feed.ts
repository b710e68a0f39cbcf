/**
 * Hop 6/8: the feed over Redis Pub/Sub, one channel a room, all on one connection. Subscriptions are renewed here,
 * one channel a command, after every new connection: the client's own renewal can mix up replies, crash, or
 * silently drop all of them. A subscription counts once it is acknowledged. Rules: G5.1, G5.3, G6.2.
 */
import type { RoomId } from '@holdline/protocol';
import { encodeSignal } from '../log/announcement.ts';
import type { EngineObserver } from '../log/log-source.ts';
import { LogError } from '../log/message-log.ts';
import { toLogError } from '../log/redis-errors.ts';
import type { Clients } from '../redis/clients.ts';
import type { Keys } from '../redis/keys.ts';
import { EntryGather } from './entry-gather.ts';
import type { LiveFeed, LiveFeedHandlers, Signal } from './live-feed.ts';
import { receive } from './receive.ts';

export interface RedisLiveFeedOptions {
  readonly clients: Clients;
  readonly keys: Keys;
  /** Null while this instance may not serve. */
  readonly sealKey: () => string | null;
  readonly observe: EngineObserver;
  /** After each change of `isWhole`. */
  readonly onChange: () => void;
  /** False loses the announcement; tests do that. */
  readonly accepts?: (room: RoomId) => boolean;
}

/** One wish to hear a room. A later wish for the same room is another slot, so that a late reply cannot pass for its own. */
interface Slot {
  /** Acknowledged once; since then it is kept up. */
  isOpened: boolean;
  /** Acknowledged on the present connection. */
  isAcknowledged: boolean;
  /** The connection on which a SUBSCRIBE is under way. */
  pendingEpoch: number | null;
  opened: Promise<void>;
}

/** Renewals under way at a time. */
const RENEW_BATCH = 500;

export class RedisLiveFeed implements LiveFeed {
  readonly #options: RedisLiveFeedOptions;
  readonly #slots = new Map<RoomId, Slot>();
  readonly #gather = new EntryGather((room, entries) => this.#guarded(() => this.#handlers?.onEntries(room, entries)));
  /** What a message does: entries are gathered, anything else is told after what was gathered before it. */
  readonly #received: LiveFeedHandlers = {
    onEntries: (room, entries) => this.#gather.add(room, entries),
    onSignal: (room, signal) => {
      this.#gather.flush(room);
      this.#guarded(() => this.#handlers?.onSignal(room, signal));
    },
    onSuspect: (room, why) => {
      this.#gather.flush(room);
      this.#guarded(() => this.#handlers?.onSuspect(room, why));
    },
  };
  #handlers: LiveFeedHandlers | null = null;
  /** Counts connections: a reply to an earlier one says nothing of this one. */
  #epoch = 0;
  #wasWhole = false;

  constructor(options: RedisLiveFeedOptions) {
    this.#options = options;
    const { subscriber } = options.clients;
    subscriber.on('messageBuffer', (channel: Buffer, bytes: Buffer) => this.#onMessage(channel, bytes));
    subscriber.on('ready', () => void this.repair());
    subscriber.on('close', () => this.#onClose());
  }

  attach(handlers: LiveFeedHandlers): void {
    this.#handlers = handlers;
  }

  /** The connection is open, and no room waits for the renewal of its subscription. */
  get isWhole(): boolean {
    return this.#isReady && [...this.#slots.values()].every((slot) => slot.isAcknowledged || !slot.isOpened);
  }

  get #isReady(): boolean {
    return this.#options.clients.subscriber.status === 'ready';
  }

  async subscribe(room: RoomId): Promise<void> {
    const known = this.#slots.get(room);
    if (known !== undefined) return known.opened;
    if (!this.#isReady || this.#options.sealKey() === null) {
      throw new LogError('unavailable', 'the subscriber is not connected');
    }
    const opened = Promise.resolve();
    const slot: Slot = { isOpened: false, isAcknowledged: false, pendingEpoch: this.#epoch, opened };
    this.#slots.set(room, slot);
    slot.opened = this.#open(room, slot);
    return slot.opened;
  }

  async #open(room: RoomId, slot: Slot): Promise<void> {
    const { clients, keys } = this.#options;
    try {
      await clients.subscriber.subscribe(keys.channel(room));
    } catch (error) {
      // It may have been heard all the same, so it is taken back.
      if (this.#slots.get(room) === slot) await this.unsubscribe(room);
      throw toLogError(error);
    }
    if (this.#slots.get(room) !== slot) throw new LogError('unavailable', 'unsubscribed before the acknowledgement');
    slot.pendingEpoch = null;
    slot.isOpened = true;
    slot.isAcknowledged = true;
  }

  async unsubscribe(room: RoomId): Promise<void> {
    if (!this.#slots.delete(room)) return;
    this.#gather.forget(room);
    // Without a connection there is nothing to undo, and a new one renews only what is still wanted.
    if (!this.#isReady) return;
    await this.#options.clients.subscriber.unsubscribe(this.#options.keys.channel(room)).catch(() => undefined);
  }

  async signal(room: RoomId, signal: Signal): Promise<void> {
    const { clients, keys } = this.#options;
    try {
      await clients.command.publish(keys.channel(room), encodeSignal(signal));
    } catch (error) {
      throw new LogError('unavailable', toLogError(error).message);
    }
  }

  /** Subscribes every room that this connection has not acknowledged; called on every connection, and each second. */
  async repair(): Promise<void> {
    const epoch = this.#epoch;
    const due = [...this.#slots].filter(([, slot]) => !slot.isAcknowledged && slot.pendingEpoch !== epoch);
    for (let from = 0; from < due.length && epoch === this.#epoch && this.#isReady; from += RENEW_BATCH) {
      await Promise.all(due.slice(from, from + RENEW_BATCH).map(([room, slot]) => this.#renew(room, slot, epoch)));
    }
    this.#reportChange();
  }

  async #renew(room: RoomId, slot: Slot, epoch: number): Promise<void> {
    const isCurrent = (): boolean => epoch === this.#epoch && this.#slots.get(room) === slot;
    if (!isCurrent() || slot.pendingEpoch === epoch) return;
    slot.pendingEpoch = epoch;
    try {
      await this.#options.clients.subscriber.subscribe(this.#options.keys.channel(room));
    } catch {
      if (isCurrent()) this.#options.observe({ name: 'resubscribe-failed', room });
      if (slot.pendingEpoch === epoch) slot.pendingEpoch = null;
      return;
    }
    if (!isCurrent()) return;
    slot.pendingEpoch = null;
    slot.isAcknowledged = true;
    this.#received.onSuspect(room, 'resubscribed');
  }

  #onClose(): void {
    this.#epoch += 1;
    for (const slot of this.#slots.values()) slot.isAcknowledged = false;
    this.#reportChange();
  }

  #onMessage(channel: Buffer, bytes: Buffer): void {
    const room = this.#options.keys.roomOf(channel.toString('latin1')) as RoomId | null;
    const sealKey = this.#options.sealKey();
    if (room === null || sealKey === null || this.#handlers === null || !this.#slots.has(room)) return;
    if (this.#options.accepts?.(room) === false) return;
    const receiver = { handlers: this.#received, sealKey, observe: this.#options.observe };
    this.#guarded(() => receive(receiver, room, bytes));
  }

  /** An exception here would reach the parser of the client and end the process. */
  #guarded(task: () => void): void {
    try {
      task();
    } catch (error) {
      const message = error instanceof Error ? error.message : 'unknown';
      this.#options.observe({ name: 'handler-failed', message });
    }
  }

  #reportChange(): void {
    if (this.isWhole === this.#wasWhole) return;
    this.#wasWhole = !this.#wasWhole;
    this.#options.onChange();
  }
}
