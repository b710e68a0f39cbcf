/**
 * Hop 7/8: one room on this instance. It holds the position (cursor of the last entry applied), the
 * recent window, and the members, and hands every entry to every live member exactly once, in the
 * order of the stream (G1.1).
 *
 *   opening ──subscribed, position read──▶ open ──last member left, linger over──▶ closed
 *
 * While the room opens or reads its log, announcements wait and are judged afterwards. Only a read
 * moves the position anywhere but forward by one announced entry, and only a read tells of a gap.
 */
import { compareStreamIds, encodeFrame, parseCursor, ZERO_CURSOR, type Cursor, type RoomId } from '@holdline/protocol';
import type { Clock } from '../clock.ts';
import type { Signal } from '../feed/live-feed.ts';
import type { Entry } from '../log/entry.ts';
import type { Gap, LogPage, MessageLog } from '../log/message-log.ts';
import { errorFields, type Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { judge } from './announcement.ts';
import { CatchUp, gapToPosition } from './catch-up.ts';
import { appendControl } from './control-entry.ts';
import { idOf, isBare, standsAt } from './cursors.ts';
import type { Member } from './member.ts';
import { Membership } from './membership.ts';
import { PendingAnnouncements } from './pending.ts';
import type { ReadGate } from './read-gate.ts';
import { RecentCursors } from './recent-cursors.ts';
import { isUndeliverable, toItem, type RoomItem } from './room-item.ts';
import { RoomReader } from './room-reader.ts';
import { RoomWindow, type WindowLimits } from './room-window.ts';
import { gapFrame, toSteps, type Step } from './steps.ts';

export interface RoomDeps {
  readonly log: MessageLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly gate: ReadGate;
  readonly window: WindowLimits;
  /** Entries in one read. */
  readonly pageSize: number;
}

export interface Entrance {
  /** Where delivery starts; `live` for the position at this moment. */
  readonly cursor: Cursor | 'live';
  readonly ref?: number;
  readonly recent: readonly Cursor[];
  readonly mayReadHistory: boolean;
}

export class Room {
  readonly name: RoomId;
  readonly window: RoomWindow;
  readonly #deps: RoomDeps;
  readonly #reader: RoomReader;
  readonly #catchUp: CatchUp;
  readonly #live = new Set<Membership>();
  readonly #pending = new PendingAnnouncements();
  readonly #recent = new RecentCursors();
  #phase: 'opening' | 'open' | 'closed' = 'opening';
  #position: Cursor = ZERO_CURSOR;
  #isDoubted = false;

  constructor(name: RoomId, deps: RoomDeps) {
    this.name = name;
    this.#deps = deps;
    this.window = new RoomWindow(deps.window);
    this.#reader = new RoomReader(this.#readerHost(), deps.clock);
    this.#catchUp = new CatchUp(this.#catchUpHost(), deps.clock);
  }

  get position(): Cursor {
    return this.#position;
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  get memberCount(): number {
    return this.#live.size + this.#catchUp.size;
  }

  /** To be called once, when the subscription is acknowledged, with the position read after that. */
  open(position: Cursor): void {
    if (this.#phase !== 'opening') return;
    this.#phase = 'open';
    this.#moveTo(position);
    if (this.#isDoubted) this.markDirty();
    else this.#judgePending();
  }

  /** The subscription had an interruption while the room was opening. */
  doubtWhenOpen(): void {
    this.#isDoubted = true;
  }

  close(): void {
    this.#phase = 'closed';
  }

  /** Entries announced in one step. */
  onEntries(entries: readonly Entry[]): void {
    if (this.#phase === 'closed') return;
    if (this.#phase === 'opening' || this.#reader.isReading) this.#pending.add(entries);
    else this.#judgeAll(entries);
  }

  onSignal(signal: Signal): void {
    if (this.#live.size === 0) return;
    const frame = signalFrame(this.name, signal);
    if (frame === null) {
      this.#deps.metrics.count('feed_suspects');
      return;
    }
    for (const { member } of this.#live) {
      if (!member.isWritable) continue;
      member.send(frame);
      this.#deps.metrics.count('signals_delivered');
    }
  }

  /**
   * What the log said about the position, asked when the room held `held`. An answer that the room has
   * overtaken meanwhile says nothing; any other difference is a doubt.
   */
  compare(found: Cursor, held: Cursor): void {
    if (found === held) return;
    const hasMoved = this.#position !== held;
    if (hasMoved && compareStreamIds(idOf(found), idOf(held)) > 0 && this.#hasApplied(found)) return;
    this.markDirty();
  }

  #hasApplied(cursor: Cursor): boolean {
    return cursor === this.#position || this.window.has(cursor);
  }

  markDirty(): void {
    if (!this.isOpen) return;
    this.#deps.metrics.count('rooms_dirty');
    this.#reader.markDirty();
  }

  /** True once the room has read to the end of its log, false when a read has failed. */
  fill(): Promise<boolean> {
    return this.#reader.catchUp();
  }

  /** As `fill`, but without a read when none is under way. */
  settled(): Promise<boolean> {
    return this.#reader.settled();
  }

  /** Adds a member: its `joined` is sent, and all that the window can give it, before this returns. */
  enter(member: Member, entrance: Entrance): Membership {
    const cursor = entrance.cursor === 'live' ? this.#position : entrance.cursor;
    const ref = entrance.ref === undefined ? {} : { ref: entrance.ref };
    member.send(encodeFrame({ type: 'joined', room: this.name, ...ref, position: this.#position, cursor }));
    const isOutOfReach = !entrance.mayReadHistory && !this.#isProof(cursor);
    if (isOutOfReach) this.#sendGapToPosition(member, cursor);
    const sent = isOutOfReach ? this.#position : cursor;
    const membership = new Membership(this.name, member, { ...entrance, sent });
    if (standsAt(sent, this.#position)) this.#turnLive(membership);
    else this.#catchUp.add(membership);
    return membership;
  }

  leave(membership: Membership): void {
    membership.phase = 'left';
    this.#live.delete(membership);
    this.#catchUp.remove(membership);
  }

  /** G8.4: anybody can name the zero cursor or a bare ID; neither proves to have been there. */
  #isProof(cursor: Cursor): boolean {
    return standsAt(cursor, this.#position) || (cursor !== ZERO_CURSOR && !isBare(cursor));
  }

  #sendGapToPosition(member: Member, cursor: Cursor): void {
    member.send(gapFrame(this.name, gapToPosition({ from: idOf(cursor), reason: 'expired' }, this.#position)));
    this.#deps.metrics.count('gaps_told');
  }

  #turnLive(membership: Membership): void {
    this.#live.add(membership);
    membership.turnLive(this.#position);
  }

  #judgePending(): void {
    const entries = this.#pending.takeAll();
    if (entries === null) this.markDirty();
    else this.#judgeAll(entries);
  }

  /** From the first doubt on, the rest is left to the read: what was announced is stored by then. */
  #judgeAll(entries: readonly Entry[]): void {
    const extending: RoomItem[] = [];
    let position = this.#position;
    let isDirty = false;
    for (const entry of entries) {
      const verdict = judge(entry, position, this.window);
      if (verdict === 'drop') this.#deps.metrics.count('announcements_late');
      if (verdict === 'drop') continue;
      isDirty = verdict === 'dirty';
      if (isDirty) break;
      const item = this.#toItem(entry, true);
      extending.push(item);
      position = item.cursor;
    }
    this.#extend(extending);
    if (isDirty) this.markDirty();
  }

  #extend(items: readonly RoomItem[]): void {
    const from = this.#position;
    for (const item of items) {
      this.window.push(item);
      this.#moveTo(item.cursor);
    }
    if (items.length > 0 && this.#live.size > 0) this.#fanOut(from, toSteps(items));
  }

  /**
   * Leaving one member behind may let another one turn live in the middle of this, served from the
   * window already: whoever does not stand where the step begins has had it.
   */
  #fanOut(from: Cursor, steps: readonly Step[], passed = this.#recent.list()): void {
    let start = from;
    for (const step of steps) {
      for (const membership of this.#live) {
        if (membership.sent === start && !this.#give(membership, step)) this.#leaveBehind(membership, passed);
      }
      start = step.end;
    }
  }

  #give(membership: Membership, step: Step): boolean {
    const taken = membership.take(step);
    if (taken === null) return false;
    if (taken.messages > 0) this.#deps.metrics.count('messages_delivered', taken.messages);
    if (taken.gaps > 0) this.#deps.metrics.count('gaps_told', taken.gaps);
    return true;
  }

  /** G7.1: a live member whose socket is full stays where it stands and catches up when it has drained. */
  #leaveBehind(membership: Membership, passed: readonly Cursor[]): void {
    this.#deps.metrics.count('members_left_behind');
    this.#live.delete(membership);
    membership.fallBehind(passed);
    this.#catchUp.add(membership);
  }

  #applyPage(page: LogPage): void {
    if (page.gap !== null) this.#applyGap(page.gap);
    this.#extend(page.entries.map((entry) => this.#toItem(entry, false)));
  }

  #applyGap(gap: Gap): void {
    const lostHead = this.#position;
    // The past of the members as it was; below it becomes that of the history which goes on.
    const passed = this.#recent.list();
    this.#deps.logger.warn({ room: this.name, reason: gap.reason, missed: gap.missed }, 'gap in a room');
    if (gap.reason === 'rewritten') {
      this.window.truncateTo(gap.next);
      this.#recent.truncateTo(gap.next);
    } else {
      this.window.clear();
      this.#recent.clear();
    }
    this.#moveTo(gap.next);
    this.#fanOut(lostHead, [{ kind: 'gap', gap, end: gap.next }], passed);
    if (gap.reason === 'rewritten') this.#noteRewrite(gap.next, lostHead);
  }

  #noteRewrite(fork: Cursor, head: Cursor): void {
    const { log, clock, logger, metrics } = this.#deps;
    metrics.count('rewrites_seen');
    void appendControl(log, clock, this.name, { fork, head }).then((isWritten) => {
      if (!isWritten) logger.error({ room: this.name }, 'rewritten history could not be noted in the room');
    });
  }

  #moveTo(position: Cursor): void {
    this.#position = position;
    this.#recent.push(position);
  }

  #toItem(entry: Entry, isSealed: boolean): RoomItem {
    const item = toItem(this.name, entry, isSealed);
    if (isUndeliverable(item)) {
      this.#deps.metrics.count('entries_undeliverable');
      this.#deps.logger.warn({ room: this.name, id: item.id }, 'entry holds no deliverable message');
    }
    return item;
  }

  #read(after: Cursor, recent: readonly Cursor[]): Promise<LogPage> {
    const cursor = parseCursor(after);
    if (cursor === null) return Promise.reject(new TypeError('a room stands on a malformed cursor'));
    const { gate, log, pageSize } = this.#deps;
    return gate.run(() => log.readAfter(this.name, cursor, { limit: pageSize, recent }));
  }

  #readFailed(error: unknown, isExpected: boolean): void {
    this.#deps.metrics.count('log_read_failures');
    if (isExpected) return;
    this.#deps.metrics.count('faults');
    this.#deps.logger.error({ room: this.name, ...errorFields(error) }, 'reading a room failed unexpectedly');
  }

  #readerHost(): ConstructorParameters<typeof RoomReader>[0] {
    const isOpen = (): boolean => this.isOpen;
    return {
      get isOpen() {
        return isOpen();
      },
      read: () =>
        this.#read(
          this.#position,
          this.#recent.list().filter((cursor) => cursor !== this.#position),
        ),
      apply: (page) => this.#applyPage(page),
      readEnded: () => this.#judgePending(),
      readFailed: (error, isExpected) => this.#readFailed(error, isExpected),
    };
  }

  #catchUpHost(): ConstructorParameters<typeof CatchUp>[0] {
    const isOpen = (): boolean => this.isOpen;
    const position = (): Cursor => this.#position;
    return {
      get isOpen() {
        return isOpen();
      },
      get position() {
        return position();
      },
      window: this.window,
      read: (after, recent) => this.#read(after, recent),
      toItems: (page) => page.entries.map((entry) => this.#toItem(entry, false)),
      fill: () => this.fill(),
      give: (membership, step) => this.#give(membership, step),
      turnLive: (membership) => this.#turnLive(membership),
      readFailed: (error, isExpected) => this.#readFailed(error, isExpected),
    };
  }
}

/** Null when the payload, which nothing vouches for, is not JSON. */
function signalFrame(room: RoomId, { event, sender, data }: Signal): string | null {
  try {
    return encodeFrame({ type: 'signal', room, event, sender, data: JSON.parse(data) as unknown });
  } catch {
    return null;
  }
}
