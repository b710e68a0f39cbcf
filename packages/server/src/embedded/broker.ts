/**
 * beside Hop 5/8 – what Redis is to several instances, in one process: rooms, Pub/Sub channels, a clock, and the
 * ways in which all that can fail. Deliveries are made later and in order, never from within a publish.
 */
import { randomBytes } from 'node:crypto';
import { appendRaw, type RawAppend, type RawAppended } from './append.ts';
import { copyRoom, emptyRoom, expire, isForgotten, type RoomState } from './room-store.ts';

export interface BrokerOptions {
  /** Ms since 1970. @defaultValue Date.now */
  readonly now?: () => number;
  /** Runs a task soon, never at once. @defaultValue queueMicrotask */
  readonly schedule?: (task: () => void) => void;
}

/** A connection of one instance to the Pub/Sub side. */
export interface Subscriber {
  readonly instance: string;
  onMessage(channel: string, bytes: Buffer): void;
  /** Messages may have been lost; it hears again from now on. */
  onHealed(): void;
  /** It has become deaf, or the broker is away. */
  onTrouble(): void;
}

export type BrokerFault = 'away' | 'refused';

/** Thrown by the broker in place of an answer. */
export class BrokerError extends Error {
  readonly fault: BrokerFault;

  constructor(fault: BrokerFault) {
    super(fault === 'away' ? 'the embedded broker is away' : 'the embedded broker refuses writes');
    this.name = 'BrokerError';
    this.fault = fault;
  }
}

/** Switches that tests set through `controls.ts`. */
export interface Faults {
  isAway: boolean;
  refusesWrites: boolean;
  clockShiftMs: number;
  /** Instances whose subscriber hears nothing. */
  readonly deaf: Set<string>;
  /** Room → announcements still to be lost. */
  readonly drops: Map<string, number>;
  /** Appends that happen and whose answer is lost. */
  lostReplies: number;
}

/** More than one, so that rooms go faster than they come. */
const LOOKED_AT_PER_APPEND = 2;

export class Broker {
  rooms = new Map<string, RoomState>();
  /** Where the last look for rooms that have outlived their lifetimes ended. */
  #look = this.rooms.entries();
  readonly sealKey = randomBytes(12).toString('hex');
  readonly faults: Faults = {
    isAway: false,
    refusesWrites: false,
    clockShiftMs: 0,
    deaf: new Set(),
    drops: new Map(),
    lostReplies: 0,
  };
  readonly subscribers = new Set<Subscriber>();
  readonly #channels = new Map<string, Set<Subscriber>>();
  readonly #deliveries = new WeakMap<Subscriber, (() => void)[]>();
  readonly #now: () => number;
  readonly #schedule: (task: () => void) => void;

  constructor({ now = Date.now, schedule = queueMicrotask }: BrokerOptions) {
    this.#now = now;
    this.#schedule = schedule;
  }

  now(): number {
    return this.#now() + this.faults.clockShiftMs;
  }

  /** @throws BrokerError while the broker is away */
  guard(): void {
    if (this.faults.isAway) throw new BrokerError('away');
  }

  /** The room as it is now, for reading; nothing is kept for a room that was never written. */
  room(name: string): RoomState {
    const room = this.rooms.get(name) ?? emptyRoom();
    expire(room, this.now());
    return room;
  }

  append(name: string, input: RawAppend): RawAppended {
    this.guard();
    // While writes are refused a repeat is still answered: that takes no write.
    const room = this.faults.refusesWrites ? copyRoom(this.room(name)) : this.room(name);
    const appended = appendRaw(room, input);
    if (appended === null || (this.faults.refusesWrites && appended.announcement !== null)) {
      throw new BrokerError('refused');
    }
    this.rooms.set(name, room);
    this.#forgetSome();
    if (appended.announcement !== null) this.#announce(name, appended.announcement);
    if (this.faults.lostReplies > 0) {
      this.faults.lostReplies -= 1;
      throw new BrokerError('away');
    }
    return appended;
  }

  /** As Redis does by and by: a room that nobody asks for any more would stay in memory for ever. */
  #forgetSome(): void {
    for (let left = LOOKED_AT_PER_APPEND; left > 0; left--) {
      const { done, value } = this.#look.next();
      if (done === true) {
        this.#look = this.rooms.entries();
        return;
      }
      const [name, room] = value;
      expire(room, this.now());
      // Tests put other rooms in place of these.
      if (isForgotten(room) && this.rooms.get(name) === room) this.rooms.delete(name);
    }
  }

  #announce(name: string, announcement: string): void {
    const drops = this.faults.drops.get(name) ?? 0;
    if (drops > 0) this.faults.drops.set(name, drops - 1);
    else this.publish(name, Buffer.from(announcement));
  }

  publish(channel: string, bytes: Buffer): void {
    for (const subscriber of this.#channels.get(channel) ?? []) {
      if (this.faults.deaf.has(subscriber.instance)) continue;
      this.#deliver(subscriber, () => {
        // Whoever has unsubscribed by then hears nothing any more.
        if (this.#channels.get(channel)?.has(subscriber) === true) subscriber.onMessage(channel, bytes);
      });
    }
  }

  /** Whatever order `schedule` runs its tasks in, a subscriber is told in the order of what happened. */
  #deliver(subscriber: Subscriber, delivery: () => void): void {
    const queue = this.#deliveries.get(subscriber) ?? [];
    this.#deliveries.set(subscriber, queue);
    queue.push(delivery);
    this.#schedule(() => queue.shift()?.());
  }

  subscribe(channel: string, subscriber: Subscriber): void {
    const listeners = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, listeners.add(subscriber));
  }

  unsubscribe(channel: string, subscriber: Subscriber): void {
    const listeners = this.#channels.get(channel);
    listeners?.delete(subscriber);
    if (listeners?.size === 0) this.#channels.delete(channel);
  }

  subscriberCount(channel: string): number {
    return this.#channels.get(channel)?.size ?? 0;
  }

  /** Tells each subscriber named of the end of its trouble, later, as a reconnection would. */
  heal(instances: (instance: string) => boolean): void {
    for (const subscriber of this.subscribers) {
      if (instances(subscriber.instance)) this.#deliver(subscriber, () => subscriber.onHealed());
    }
  }
}
