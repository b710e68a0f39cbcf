/**
 * Hop 7/8: brings the members of one room that are behind up to its position. One loop per room: what the window
 * holds is given at once; for the rest a page is read from the lowest waiting cursor and given to every member
 * that stands on it, so that a thousand returning members cost one read a page. Every second page goes to the
 * member nearest to the position, so that one that is far behind holds up nobody. A member that is alone and takes what it
 * gets has its next page read meanwhile. Pages never reach past the
 * room's position; a member that reaches it turns live in the same synchronous step (G1.3, G2.3). Members whose
 * socket is full are passed over until it drains (G7.1).
 */
import { compareStreamIds, type Cursor } from '@holdline/protocol';
import { backoffMs, type Clock, type Waits } from '../clock.ts';
import type { Entry } from '../log/entry.ts';
import { LogError, type Gap, type LogPage } from '../log/message-log.ts';
import { idOf, standsAt } from './cursors.ts';
import type { Membership } from './membership.ts';
import { endOf, gapToPosition, isReplaced, isSpread, pastOf, placesOn } from './pages.ts';
import type { RoomItem } from './room-item.ts';
import type { RoomWindow } from './room-window.ts';
import { SharedSteps } from './shared-steps.ts';
import { toSteps, type Step } from './steps.ts';

/** What catching up needs of its room. */
export interface CatchUpRoom {
  readonly isOpen: boolean;
  readonly position: Cursor;
  readonly window: RoomWindow;
  read(after: Cursor, recent: readonly Cursor[]): Promise<LogPage>;
  toItems(entries: readonly Entry[]): readonly RoomItem[];
  /** Null where there is more to the entries than messages. */
  toPageSteps(entries: readonly Entry[]): readonly Step[] | null;
  /** Brings the room itself up to its log; false when that has failed. */
  fill(): Promise<boolean>;
  readFailed(error: unknown, isExpected: boolean): void;
}

/** What it needs of those who keep the members. */
export interface CatchUpMembers {
  /** Hands a step to the member; false when its socket is full. */
  give(membership: Membership, step: Step): boolean;
  turnLive(membership: Membership): void;
}

const BACKOFF = { baseMs: 100, capMs: 2000 };
/** After so many members the loop lets others have the thread. */
const MEMBERS_PER_SLICE = 256;

export class CatchUp {
  readonly #room: CatchUpRoom;
  readonly #members: CatchUpMembers;
  readonly #clock: Clock;
  readonly #waits: Waits;
  readonly #waiting = new Set<Membership>();
  /** Members that will call when their socket has drained. */
  readonly #draining = new Set<Membership>();
  readonly #shared = new SharedSteps();
  /** The one member that is behind, when it has taken the whole of its last page: the next is read while it gets this one. */
  #flowing: Membership | null = null;
  #ahead: { readonly of: Membership; readonly after: Cursor; readonly page: Promise<LogPage> } | null = null;
  #isRunning = false;
  #failures = 0;
  #turn = 0;

  constructor(room: CatchUpRoom, members: CatchUpMembers, { clock, waits }: { clock: Clock; waits: Waits }) {
    this.#room = room;
    this.#members = members;
    this.#clock = clock;
    this.#waits = waits;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** What the window can give is given before this returns. */
  add(membership: Membership): void {
    this.#waiting.add(membership);
    this.#serveFromWindow(membership);
    if (this.#waiting.has(membership)) this.#start();
  }

  remove(membership: Membership): void {
    this.#waiting.delete(membership);
    this.#draining.delete(membership);
  }

  #start(): void {
    if (this.#isRunning || !this.#room.isOpen) return;
    this.#isRunning = true;
    void this.#loop();
  }

  async #loop(): Promise<void> {
    while (this.#room.isOpen) {
      const outcome = await this.#round();
      if (outcome === 'idle') break;
      if (outcome === 'progress') this.#failures = 0;
      else await this.#waitAfterFailure();
    }
    this.#isRunning = false;
    // Between the last look and this line somebody may have come who found the loop running.
    if (this.#canServe()) this.#start();
  }

  async #round(): Promise<'idle' | 'progress' | 'failed'> {
    try {
      await this.#serveAllFromWindow();
      const next = this.#pick();
      if (next === null) {
        this.#ahead = null;
        return 'idle';
      }
      return (await this.#servePage(next)) ? 'progress' : 'failed';
    } catch (error) {
      this.#room.readFailed(error, error instanceof LogError);
      return 'failed';
    }
  }

  #canServe(): boolean {
    for (const membership of this.#waiting) if (membership.member.isWritable) return true;
    return false;
  }

  async #serveAllFromWindow(): Promise<void> {
    let served = 0;
    for (const membership of this.#waiting) {
      if (!this.#waiting.has(membership)) continue;
      this.#serveFromWindow(membership);
      served += 1;
      if (served % MEMBERS_PER_SLICE === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #serveFromWindow(membership: Membership): void {
    const { sent } = membership;
    const { position, window } = this.#room;
    if (!standsAt(sent, position)) {
      // First: to build what a full socket does not take would cost the room more than to give it.
      if (!membership.member.isWritable) return this.#awaitDrain(membership);
      const steps = this.#shared.between(sent, position, window);
      if (steps === null || !this.#giveAll(membership, steps)) return;
    }
    if (standsAt(membership.sent, this.#room.position)) this.#finish(membership);
  }

  #finish(membership: Membership): void {
    this.remove(membership);
    this.#members.turnLive(membership);
  }

  #giveAll(membership: Membership, steps: readonly Step[]): boolean {
    for (const step of steps) {
      if (!membership.isWaiting) return false;
      const before = membership.sent;
      if (!this.#members.give(membership, step)) {
        this.#awaitDrain(membership);
        return false;
      }
      membership.recent = pastOf(before, membership.recent);
    }
    return true;
  }

  #awaitDrain(membership: Membership): void {
    if (this.#draining.has(membership)) return;
    this.#draining.add(membership);
    membership.member.onceWritable(() => {
      if (this.#draining.delete(membership)) this.#start();
    });
  }

  /** The member with the lowest cursor, every second time the highest; null when none can take anything. */
  #pick(): Membership | null {
    this.#turn += 1;
    const sign = this.#turn % 2 === 1 ? 1 : -1;
    let best: Membership | null = null;
    for (const membership of this.#waiting) {
      if (!membership.member.isWritable) this.#awaitDrain(membership);
      else if (best === null || sign * compareStreamIds(idOf(membership.sent), idOf(best.sent)) < 0) best = membership;
    }
    return best;
  }

  async #servePage(target: Membership): Promise<boolean> {
    const start = target.sent;
    const page = await this.#pageAfter(start, target);
    // Where it goes on without `history` is the end of the log, and not where the room is on its way there.
    const isBeside = page.gap !== null && !target.mayReadHistory && page.position !== this.#room.position;
    if (isBeside && !(await this.#room.fill())) return false;
    if (!this.#room.isOpen) return true;
    if (this.#flowing === target) this.#readAhead(target, page);
    const isGiven = this.#givePage(target, start, page);
    const isWhole = target.isWaiting && target.member.isWritable && target.sent === endOf(page);
    this.#flowing = isWhole && this.#waiting.size === 1 ? target : null;
    if (isGiven) return true;
    if (!target.isWaiting || target.sent !== start || !target.member.isWritable) return true;
    // Nothing to give, and still not at the room's position: then it is the room that is not where the log is.
    return this.#fillUntilMoved(start);
  }

  /** What was read ahead is for the next page or for nobody, so that no room keeps more than one. A gap in it is this member's. */
  #pageAfter(start: Cursor, target: Membership): Promise<LogPage> {
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead?.after === start && ahead.of === target ? ahead.page : this.#room.read(start, target.recent);
  }

  #readAhead(target: Membership, page: LogPage): void {
    const { sent, recent } = target;
    const after = endOf(page);
    if (!page.hasMore || page.gap !== null || after === null) return;
    const next = this.#room.read(after, pastOf(sent, recent));
    // Whoever takes the page is told; where nobody does, nobody has missed it.
    next.catch(() => undefined);
    this.#ahead = { of: target, after, page: next };
  }

  /** After a fill the member stands at the position, in the window, or on another history than the room did. */
  async #fillUntilMoved(start: Cursor): Promise<boolean> {
    const before = this.#room.position;
    const isFilled = await this.#room.fill();
    return isFilled && (this.#room.position !== before || standsAt(start, this.#room.position));
  }

  #givePage(target: Membership, start: Cursor, page: LogPage): boolean {
    let hasProgress = false;
    if (page.gap !== null) hasProgress = this.#giveGap(target, start, page.gap);
    const entries = page.entries.slice(0, this.#endWithin(page.entries));
    const places = placesOn(page.gap?.next ?? start, entries, this.#waiting.size);
    const stepsFrom = this.#stepsOf(entries, isSpread(places, this.#waiting));
    const known = new Map<number, readonly Step[]>();
    for (const membership of this.#waiting) {
      const place = places.get(membership.sent);
      if (place === undefined || !membership.member.isWritable) continue;
      const steps = known.get(place) ?? stepsFrom(place);
      known.set(place, steps);
      const before = membership.sent;
      this.#giveAll(membership, steps);
      if (membership.sent !== before) hasProgress = true;
      if (membership.isWaiting && standsAt(membership.sent, this.#room.position)) this.#finish(membership);
    }
    return hasProgress;
  }

  /** What lies just before the window goes into it; a page from further back becomes frames and nothing else, for those at one place. */
  #stepsOf(entries: readonly Entry[], isForMany: boolean): (place: number) => readonly Step[] {
    const { window, position } = this.#room;
    let items: readonly RoomItem[] | null = isForMany ? this.#room.toItems(entries) : null;
    if (window.isJustAfter(entries, position)) {
      items ??= this.#room.toItems(entries);
      window.prepend(items, position);
    }
    return (place) => {
      const steps = items === null ? this.#room.toPageSteps(entries.slice(place)) : null;
      if (steps !== null) return steps;
      items ??= this.#room.toItems(entries);
      return toSteps(items.slice(place));
    };
  }

  /** How many of the entries lie at or before the room's position. */
  #endWithin(entries: readonly Entry[]): number {
    const limit = idOf(this.#room.position);
    const isWithin = (entry: Entry): boolean => compareStreamIds(entry.id, limit) <= 0;
    // Most pages end before it.
    if (entries.length === 0 || isWithin(entries.at(-1)!)) return entries.length;
    return entries.findIndex((entry) => !isWithin(entry));
  }

  /**
   * Where a rewritten history goes on depends on what the reader had seen, so that gap belongs to the
   * one for whom it was read; any other gap is the same for all who stand there.
   */
  #giveGap(target: Membership, start: Cursor, gap: Gap): boolean {
    const standing = isReplaced(gap) ? [target] : [...this.#waiting].filter((membership) => membership.sent === start);
    let hasProgress = false;
    for (const membership of standing) {
      if (!membership.isWaiting || membership.sent !== start) continue;
      const step = this.#gapStep(membership, gap);
      if (!this.#members.give(membership, step)) continue;
      hasProgress = true;
      if (standsAt(membership.sent, this.#room.position)) this.#finish(membership);
    }
    return hasProgress;
  }

  #gapStep(membership: Membership, gap: Gap): Step {
    if (membership.mayReadHistory) return { kind: 'gap', gap, end: gap.next };
    const { position } = this.#room;
    return { kind: 'gap', gap: gapToPosition(gap, position), end: position };
  }

  async #waitAfterFailure(): Promise<void> {
    this.#failures += 1;
    await this.#waits.sleep(backoffMs(BACKOFF, this.#failures, this.#clock.random()));
  }
}
