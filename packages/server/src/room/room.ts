/**
 * Hop 7/8: one room on this instance. This file keeps its position (cursor of the last entry applied) and its
 * recent window in step with the log; who is in the room and gets what is in room-members.ts (G1.1, G4, G5).
 *
 *   opening ──subscribed, position read──▶ open ──last member left, linger over──▶ closed
 *
 * While the room opens or reads its log, announcements wait and are judged afterwards. Only a read
 * moves the position anywhere but forward by one announced entry, and only a read tells of a gap.
 */
import { compareStreamIds, parseCursor, ZERO_CURSOR, type Cursor, type RoomId } from '@holdline/protocol';
import { Waits, type Clock } from '../clock.ts';
import type { Signal } from '../feed/live-feed.ts';
import type { Entry } from '../log/entry.ts';
import { LogError, type Gap, type LogPage, type MessageLog } from '../log/message-log.ts';
import { errorFields, type FaultLog } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { judge } from './announcement.ts';
import type { CatchUpRoom } from './catch-up.ts';
import { idOf } from './cursors.ts';
import type { Member } from './member.ts';
import type { Membership } from './membership.ts';
import { pageSteps } from './page-steps.ts';
import { PendingAnnouncements } from './pending.ts';
import type { ReadGate } from './read-gate.ts';
import { RecentCursors } from './recent-cursors.ts';
import type { RewriteNotes } from './rewrite-notes.ts';
import { isUndeliverable, toItem, type RoomItem } from './room-item.ts';
import { RoomMembers, type Entrance } from './room-members.ts';
import { RoomReader } from './room-reader.ts';
import { RoomWindow, type WindowLimits } from './room-window.ts';
import { toSteps } from './steps.ts';

export interface RoomDeps {
  readonly log: MessageLog;
  readonly clock: Clock;
  readonly logger: FaultLog;
  readonly metrics: Metrics;
  readonly gate: ReadGate;
  readonly window: WindowLimits;
  readonly notes: Pick<RewriteNotes, 'note'>;
  /** Entries in one read. */
  readonly pageSize: number;
}

export class Room {
  readonly name: RoomId;
  readonly window: RoomWindow;
  readonly #deps: RoomDeps;
  readonly #reader: RoomReader;
  readonly #members: RoomMembers;
  readonly #waits: Waits;
  readonly #pending = new PendingAnnouncements();
  readonly #recent = new RecentCursors();
  #phase: 'opening' | 'open' | 'closed' = 'opening';
  #position: Cursor = ZERO_CURSOR;
  #isDirtyWhenOpen = false;

  constructor(name: RoomId, deps: RoomDeps) {
    this.name = name;
    this.#deps = deps;
    this.window = new RoomWindow(deps.window);
    this.#waits = new Waits(deps.clock);
    this.#reader = new RoomReader(this.#readerHost(), deps.clock, this.#waits);
    this.#members = new RoomMembers(name, this.#asSeenByMembers(), { ...deps, waits: this.#waits });
  }

  get position(): Cursor {
    return this.#position;
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  get memberCount(): number {
    return this.#members.size;
  }

  /** To be called once, when the subscription is acknowledged, with the position read after that. */
  open(position: Cursor): void {
    if (this.#phase !== 'opening') return;
    this.#phase = 'open';
    this.#moveTo(position);
    this.#learnPast(position);
    if (this.#isDirtyWhenOpen) this.markDirty();
    else this.#judgePending();
  }

  /** Where Redis loses what was there before the room opened, it shall still know where the histories part. */
  #learnPast(position: Cursor): void {
    if (position === ZERO_CURSOR) return;
    const { gate, log } = this.#deps;
    gate
      .run(() => log.cursorsBefore(this.name, position))
      .then(
        (older) => this.#recent.addBefore(position, older),
        (error: unknown) => this.#readFailed(error, error instanceof LogError),
      );
  }

  /** The subscription had an interruption while the room was opening. */
  doubtWhenOpen(): void {
    this.#isDirtyWhenOpen = true;
  }

  /** Ends what it waits for; no timer of the room is left. */
  close(): void {
    this.#phase = 'closed';
    this.#waits.end();
  }

  /** Entries announced in one step. */
  onEntries(entries: readonly Entry[]): void {
    if (this.#phase === 'closed') return;
    if (this.#phase === 'opening' || this.#reader.isReading) this.#pending.add(entries);
    else this.#judgeAll(entries);
  }

  onSignal(signal: Signal): void {
    if (this.isOpen) this.#members.onSignal(signal);
  }

  /**
   * What the log said about the position, asked when the room held `held`. An answer that the room has
   * overtaken meanwhile says nothing; any other difference makes the room dirty.
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
    return this.#reader.readToEnd();
  }

  /** As `fill`, but without a read when none is under way. */
  settled(): Promise<boolean> {
    return this.#reader.settled();
  }

  /** Adds a member: its `joined` is sent, and all that the window can give it, before this returns. */
  enter(member: Member, entrance: Entrance): Membership {
    return this.#members.enter(member, entrance);
  }

  leave(membership: Membership): void {
    this.#members.leave(membership);
  }

  #judgePending(): void {
    const entries = this.#pending.takeAll();
    if (entries === null) this.markDirty();
    else this.#judgeAll(entries);
  }

  /** From the first that makes the room dirty on, the rest is left to the read: what was announced is stored by then. */
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
    if (items.length > 0 && this.#members.hasLive) this.#members.fanOut(from, toSteps(items), this.#recent);
  }

  #applyPage(page: LogPage): void {
    if (page.gap !== null) this.#applyGap(page.gap);
    this.#extend(page.entries.map((entry) => this.#toItem(entry, false)));
  }

  #applyGap(gap: Gap): void {
    const lostHead = this.#position;
    // The past of the members as it was; below it becomes that of the history which goes on.
    const passed = this.#recent.copy();
    this.#deps.logger.warn({ room: this.name, reason: gap.reason, missed: gap.missed }, 'gap in a room');
    if (gap.reason === 'rewritten') {
      this.window.truncateTo(gap.next);
      this.#recent.truncateTo(gap.next);
    } else {
      this.window.clear();
      this.#recent.clear();
    }
    this.#moveTo(gap.next);
    this.#members.fanOut(lostHead, [{ kind: 'gap', gap, end: gap.next }], passed);
    if (gap.reason !== 'rewritten') return;
    this.#deps.metrics.count('rewrites_seen');
    this.#deps.notes.note(this.name, { fork: gap.next, head: lostHead });
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
    return Object.assign(new RoomView(this), {
      read: () =>
        this.#read(
          this.#position,
          this.#recent.list().filter((cursor) => cursor !== this.#position),
        ),
      apply: (page: LogPage) => this.#applyPage(page),
      readEnded: () => this.#judgePending(),
      readFailed: (error: unknown, isExpected: boolean) => this.#readFailed(error, isExpected),
    });
  }

  #asSeenByMembers(): CatchUpRoom {
    return Object.assign(new RoomView(this), {
      window: this.window,
      read: (after: Cursor, recent: readonly Cursor[]) => this.#read(after, recent),
      toItems: (entries: readonly Entry[]) => entries.map((entry) => this.#toItem(entry, false)),
      toPageSteps: (entries: readonly Entry[]) => pageSteps(this.name, entries),
      fill: () => this.fill(),
      readFailed: (error: unknown, isExpected: boolean) => this.#readFailed(error, isExpected),
    });
  }
}

/** How the parts of a room see it. A class: a literal with getters has a shape of its own, which keeps what they close over until a full collection. */
class RoomView {
  readonly #room: Room;

  constructor(room: Room) {
    this.#room = room;
  }

  get isOpen(): boolean {
    return this.#room.isOpen;
  }

  get position(): Cursor {
    return this.#room.position;
  }
}
