/**
 * For tests of rooms: a registry over the embedded engine in virtual time, and members that keep
 * what they were sent. `ReaderModel` is the judge: it follows one member frame by frame, as a client does.
 */
import {
  compareStreamIds,
  countOf,
  decodeServerFrame,
  formatCursor,
  parseCursor,
  ZERO_CURSOR,
  type Cursor,
  type MessageId,
  type RoomId,
  type ServerFrame,
  type StreamId,
  type UserId,
} from '@holdline/protocol';
import { ManualClock } from '@holdline/testkit';
import {
  createEmbeddedBroker,
  embeddedControlsOf,
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
} from '../embedded-engine.ts';
import type { EmbeddedControls } from '../embedded/controls.ts';
import type { Engine } from '../engine.ts';
import { cursorOf, type Entry } from '../log/entry.ts';
import type { AppendMessage, MessageLog } from '../log/message-log.ts';
import { silentLogger } from '../logger.ts';
import { Metrics } from '../metrics.ts';
import type { Member } from './member.ts';
import { ReadGate } from './read-gate.ts';
import type { Entrance } from './room-members.ts';
import type { Room } from './room.ts';
import { RoomRegistry, type RegistryDeps } from './room-registry.ts';
import type { TextFrame } from './text-frame.ts';

export const LOBBY = 'lobby' as RoomId;

export interface RoomKit {
  readonly clock: ManualClock;
  readonly broker: EmbeddedBroker;
  readonly controls: EmbeddedControls;
  readonly engine: Engine;
  readonly registry: RoomRegistry;
  readonly metrics: Metrics;
  /** Enters the room as `since: cursor`, with `history` unless said otherwise. */
  enter(member: Member, entrance?: Partial<Entrance>): Promise<Room>;
  /** Stores messages `m<from>` to `m<to>`, one call each, announced in order. */
  publish(from: number, to?: number): Promise<void>;
  /** Every entry that the log holds, in order. */
  wholeLog(): Promise<readonly Entry[]>;
  /** Lets everything that needs no time happen. */
  settle(): Promise<void>;
  /** One more instance on the same broker. */
  another(instance: string): Promise<RoomKit>;
}

export interface RoomKitOptions extends Partial<
  Pick<RegistryDeps, 'window' | 'pageSize' | 'lingerMs' | 'log' | 'feed'>
> {
  readonly seed?: number;
  /** How long the answer to a read is on its way, ms; it is made when the read is sent. @defaultValue no time */
  readonly readDelayMs?: () => number;
  readonly instance?: string;
  readonly broker?: EmbeddedBrokerOptions;
}

export async function createRoomKit(options: RoomKitOptions = {}): Promise<RoomKit> {
  const clock = new ManualClock({ seed: options.seed ?? 1 });
  const broker = createEmbeddedBroker({ now: () => Math.floor(clock.now()), ...options.broker });
  return connectRoomKit(clock, broker, options);
}

async function connectRoomKit(clock: ManualClock, broker: EmbeddedBroker, options: RoomKitOptions): Promise<RoomKit> {
  const engine = broker.connect({ instance: options.instance ?? 'here' });
  const metrics = new Metrics();
  const registry = new RoomRegistry({
    log: options.log ?? delayed(engine.log, clock, options.readDelayMs),
    feed: options.feed ?? engine.feed,
    clock,
    logger: silentLogger,
    metrics,
    gate: new ReadGate(4),
    window: options.window ?? { maxBytes: 65_536, maxItems: 1024 },
    pageSize: options.pageSize ?? 200,
    lingerMs: options.lingerMs ?? 10_000,
    openTimeoutMs: 5000,
  });
  await engine.start();
  registry.start();
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 40; i++) await clock.advanceAsync(0);
  };
  return {
    clock,
    broker,
    controls: embeddedControlsOf(broker),
    engine,
    registry,
    metrics,
    async enter(member, entrance = {}) {
      const room = await registry.acquire(LOBBY);
      room.enter(member, { cursor: 'live', recent: [], mayReadHistory: true, ...entrance });
      registry.release(room);
      return room;
    },
    async publish(from, to = from) {
      for (let n = from; n <= to; n++) await engine.log.append(LOBBY, [textMessage(`m${n}`, n)]);
      await settle();
    },
    async wholeLog() {
      const entries: Entry[] = [];
      let cursor = await engine.log.startCursor(LOBBY, 'all');
      for (let hasMore = true; hasMore;) {
        const page = await engine.log.readAfter(LOBBY, parseCursor(cursor)!, { limit: 500 });
        entries.push(...page.entries);
        cursor = entries.length > 0 ? cursorOf(entries.at(-1)!) : (page.gap?.next ?? cursor);
        hasMore = page.hasMore;
      }
      return entries;
    },
    settle,
    another: (instance) => connectRoomKit(clock, broker, { ...options, instance }),
  };
}

function delayed(log: MessageLog, clock: ManualClock, delayMs: (() => number) | undefined): MessageLog {
  if (delayMs === undefined) return log;
  const later = async <T>(answer: Promise<T>): Promise<T> => {
    const settled = await Promise.allSettled([answer]);
    await new Promise<void>((resolve) => clock.setTimeout(resolve, delayMs()));
    if (settled[0].status === 'rejected') throw settled[0].reason;
    return settled[0].value;
  };
  return {
    append: (room, messages) => log.append(room, messages),
    readAfter: (room, cursor, options) => later(log.readAfter(room, cursor, options)),
    startCursor: (room, last) => later(log.startCursor(room, last)),
    positions: (rooms) => later(log.positions(rooms)),
    cursorsBefore: (room, cursor) => later(log.cursorsBefore(room, cursor)),
    findStored: (room, message) => later(log.findStored(room, message)),
  };
}

export const textMessage = (messageId: string, body: unknown, sender: string | null = 'alice'): AppendMessage => ({
  messageId: messageId as MessageId,
  kind: 'json',
  event: 'text',
  sender: sender as UserId | null,
  data: JSON.stringify(body),
  isRetry: false,
  firstSentAt: null,
});

/** A member in memory: its socket takes `capacity` frames and then none until `drain`. */
export class MemoryMember implements Member {
  readonly id: string;
  readonly frames: ServerFrame[] = [];
  capacity = Infinity;
  #listeners: (() => void)[] = [];

  constructor(id: string) {
    this.id = id;
  }

  get isWritable(): boolean {
    return this.capacity > 0;
  }

  send(frame: TextFrame | string): void {
    const decoded = decodeServerFrame(frame.toString());
    if (!decoded.ok) throw new Error(`sent a frame that no client can read: ${frame.toString()}`);
    this.frames.push(...(decoded.frame.type === 'batch' ? decoded.frame.frames : [decoded.frame]));
    this.capacity -= 1;
  }

  onceWritable(listener: () => void): void {
    if (this.isWritable) queueMicrotask(listener);
    else this.#listeners.push(listener);
  }

  drain(capacity = Infinity): void {
    this.capacity = capacity;
    if (!this.isWritable) return;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  of<Type extends ServerFrame['type']>(type: Type): Extract<ServerFrame, { type: Type }>[] {
    return this.frames.filter((frame): frame is Extract<ServerFrame, { type: Type }> => frame.type === type);
  }

  get messageIds(): readonly string[] {
    return this.of('message').map((frame) => frame.messageId);
  }

  /** The types of all frames but messages, and the messages as their IDs: what a test reads at a glance. */
  get story(): readonly string[] {
    return this.frames.map((frame) => (frame.type === 'message' ? frame.messageId : frame.type));
  }
}

/**
 * Follows one membership as a client does and throws where the server breaks a promise: a message that
 * does not continue from the cursor, a gap that does not begin at or before it, anything before `joined`.
 */
export class ReaderModel {
  cursor: Cursor | null = null;
  isLive = false;
  gaps = 0;
  /** Where delivery began or went on after the last gap, and what was delivered since. */
  base: Cursor = ZERO_CURSOR;
  since: StreamId[] = [];

  follow(frames: readonly ServerFrame[]): this {
    for (const frame of frames) this.#take(frame);
    return this;
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'joined':
        this.isLive = false;
        this.#startAt(frame.cursor);
        return;
      case 'message':
        // A room whose position was lost with all its entries counts on from its last ID.
        if (this.#count() > 0 && countOf(frame.id) !== this.#count() + 1)
          throw new Error(`${frame.id} does not follow ${this.cursor}`);
        this.cursor = formatCursor(frame.id, frame.messageId);
        this.since.push(frame.id);
        return;
      case 'skip':
        if (countOf(idIn(frame.cursor)) <= this.#count()) throw new Error('a skip goes back');
        this.cursor = frame.cursor;
        return;
      case 'gap':
        // A control entry may tell of a history that was forgotten altogether since; any other gap begins at the cursor.
        if (frame.reason !== 'rewritten' && compareStreamIds(frame.from, idIn(this.cursor!)) !== 0) {
          throw new Error(`a gap does not begin at the cursor ${this.cursor}: ${JSON.stringify(frame)}`);
        }
        this.gaps += 1;
        this.#startAt(frame.next);
        return;
      case 'live':
        this.isLive = true;
        return;
      default:
        return;
    }
  }

  #startAt(cursor: Cursor): void {
    this.cursor = cursor;
    this.base = cursor;
    this.since = [];
  }

  #count(): number {
    if (this.cursor === null) throw new Error('a frame before joined');
    return countOf(idIn(this.cursor));
  }
}

const idIn = (cursor: Cursor): StreamId => parseCursor(cursor)!.id;
