/** Hop 6/8: the feed of the embedded engine, over the channels of its broker. */
import type { RoomId } from '@holdline/protocol';
import type { Broker, Subscriber } from '../embedded/broker.ts';
import { encodeSignal } from '../log/announcement.ts';
import type { EngineObserver } from '../log/log-source.ts';
import { LogError } from '../log/message-log.ts';
import type { LiveFeed, LiveFeedHandlers, Signal } from './live-feed.ts';
import { receive } from './receive.ts';

export interface MemoryLiveFeedOptions {
  readonly broker: Broker;
  readonly instance: string;
  readonly observe: EngineObserver;
  /** The feed has become deaf or hears again. */
  readonly onChange: () => void;
}

export class MemoryLiveFeed implements LiveFeed, Subscriber {
  readonly instance: string;
  readonly #broker: Broker;
  readonly #observe: EngineObserver;
  readonly #onChange: () => void;
  readonly #rooms = new Set<RoomId>();
  #handlers: LiveFeedHandlers | null = null;

  constructor({ broker, instance, observe, onChange }: MemoryLiveFeedOptions) {
    this.instance = instance;
    this.#broker = broker;
    this.#observe = observe;
    this.#onChange = onChange;
  }

  attach(handlers: LiveFeedHandlers): void {
    this.#handlers = handlers;
  }

  async subscribe(room: RoomId): Promise<void> {
    if (this.#isDeaf) throw new LogError('unavailable', 'the feed is interrupted');
    this.#rooms.add(room);
    this.#broker.subscribe(room, this);
  }

  async unsubscribe(room: RoomId): Promise<void> {
    this.#rooms.delete(room);
    this.#broker.unsubscribe(room, this);
  }

  async signal(room: RoomId, signal: Signal): Promise<void> {
    if (this.#broker.faults.isAway) throw new LogError('unavailable', 'the embedded broker is away');
    this.#broker.publish(room, Buffer.from(encodeSignal(signal)));
  }

  onMessage(channel: string, bytes: Buffer): void {
    if (this.#handlers === null || this.#isDeaf) return;
    const { sealKey } = this.#broker;
    receive({ handlers: this.#handlers, sealKey, observe: this.#observe }, channel as RoomId, bytes);
  }

  onTrouble(): void {
    this.#onChange();
  }

  onHealed(): void {
    this.#onChange();
    for (const room of this.#rooms) this.#handlers?.onSuspect(room, 'resubscribed');
  }

  close(): void {
    for (const room of this.#rooms) this.#broker.unsubscribe(room, this);
    this.#rooms.clear();
  }

  get #isDeaf(): boolean {
    const { isAway, deaf } = this.#broker.faults;
    return isAway || deaf.has(this.instance);
  }
}
