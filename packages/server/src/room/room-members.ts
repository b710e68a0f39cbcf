/**
 * Hop 7/8: the members of one room on this instance: those that are live, and those that catch up. A live member
 * gets every entry of the room once, in the order of the stream (G1.1, G1.3); one whose socket is full is left
 * where it stands, and holds up nobody (G7.1).
 *
 *   enter ──stands at the position──▶ live ◀──position reached── catching up
 *     │                                └───────not writable─────────▶ ▲
 *     └──stands elsewhere─────────────────────────────────────────────┘
 */
import { encodeFrame, ZERO_CURSOR, type Cursor, type RoomId } from '@holdline/protocol';
import type { Clock, Waits } from '../clock.ts';
import type { Signal } from '../feed/live-feed.ts';
import type { Metrics } from '../metrics.ts';
import { CatchUp, type CatchUpRoom } from './catch-up.ts';
import { idOf, isBare, standsAt } from './cursors.ts';
import type { Member } from './member.ts';
import { Membership } from './membership.ts';
import { gapToPosition, isReplaced } from './pages.ts';
import type { RecentCursors } from './recent-cursors.ts';
import { gapFrame, type Step } from './steps.ts';
import { TextFrame } from './text-frame.ts';

export interface Entrance {
  /** Where delivery starts; `live` for the position at this moment. */
  readonly cursor: Cursor | 'live';
  readonly ref?: number;
  readonly recent: readonly Cursor[];
  readonly mayReadHistory: boolean;
}

interface Deps {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Those of the room: over when it closes. */
  readonly waits: Waits;
}

export class RoomMembers {
  readonly #name: RoomId;
  readonly #room: CatchUpRoom;
  readonly #metrics: Metrics;
  readonly #catchUp: CatchUp;
  readonly #live = new Set<Membership>();

  constructor(name: RoomId, room: CatchUpRoom, { clock, metrics, waits }: Deps) {
    this.#name = name;
    this.#room = room;
    this.#metrics = metrics;
    const give = (membership: Membership, step: Step): boolean => this.#give(membership, step);
    const turnLive = (membership: Membership): void => this.#turnLive(membership);
    this.#catchUp = new CatchUp(room, { give, turnLive }, { clock, waits });
  }

  get size(): number {
    return this.#live.size + this.#catchUp.size;
  }

  get hasLive(): boolean {
    return this.#live.size > 0;
  }

  /** Its `joined` is sent, and all that the window can give it, before this returns. */
  enter(member: Member, entrance: Entrance): Membership {
    const { position } = this.#room;
    const cursor = entrance.cursor === 'live' ? position : entrance.cursor;
    const ref = entrance.ref === undefined ? {} : { ref: entrance.ref };
    member.send(encodeFrame({ type: 'joined', room: this.#name, ...ref, position, cursor }));
    const isOutOfReach = !entrance.mayReadHistory && !this.#isProof(cursor);
    if (isOutOfReach) this.#sendGapToPosition(member, cursor);
    const sent = isOutOfReach ? position : cursor;
    const membership = new Membership(this.#name, member, { ...entrance, sent });
    if (standsAt(sent, position)) this.#turnLive(membership);
    else this.#catchUp.add(membership);
    return membership;
  }

  leave(membership: Membership): void {
    membership.leave();
    this.#live.delete(membership);
    this.#catchUp.remove(membership);
  }

  /**
   * Leaving one member behind may let another one turn live in the middle of this, served from the
   * window already: whoever does not stand where the step begins has had it.
   *
   * @param passed - the cursors that the room has passed, for those who are left behind
   */
  fanOut(from: Cursor, steps: readonly Step[], passed: Pick<RecentCursors, 'list'>): void {
    let start = from;
    for (const step of steps) {
      let [messages, gaps] = [0, 0];
      const goesBack = step.kind === 'gap' && isReplaced(step.gap);
      for (const membership of this.#live) {
        if (membership.sent !== start) continue;
        // What comes next may be older than the membership: it waits until the room is level, and goes on there (G8.4).
        const isBarred = goesBack && !membership.mayReadHistory;
        const taken = isBarred ? null : membership.take(step);
        if (taken === null) {
          this.#leaveBehind(membership, passed);
          continue;
        }
        messages += taken.messages;
        gaps += taken.gaps;
      }
      this.#count(messages, gaps);
      start = step.end;
    }
  }

  onSignal(signal: Signal): void {
    if (!this.hasLive) return;
    const frame = TextFrame.ofText(signalFrame(this.#name, signal));
    for (const { member } of this.#live) {
      if (!member.isWritable) continue;
      member.send(frame);
      this.#metrics.count('signals_delivered');
    }
  }

  /** G8.4: anybody can name the zero cursor or a bare ID; neither proves to have been there. */
  #isProof(cursor: Cursor): boolean {
    return standsAt(cursor, this.#room.position) || (cursor !== ZERO_CURSOR && !isBare(cursor));
  }

  #sendGapToPosition(member: Member, cursor: Cursor): void {
    const gap = gapToPosition({ from: idOf(cursor), to: null, reason: 'expired' }, this.#room.position);
    member.send(gapFrame(this.#name, gap));
    this.#metrics.count('gaps_told');
  }

  #turnLive(membership: Membership): void {
    this.#live.add(membership);
    membership.turnLive(this.#room.position);
  }

  #give(membership: Membership, step: Step): boolean {
    const taken = membership.take(step);
    if (taken === null) return false;
    this.#count(taken.messages, taken.gaps);
    return true;
  }

  #count(messages: number, gaps: number): void {
    if (messages > 0) this.#metrics.count('messages_delivered', messages);
    if (gaps > 0) this.#metrics.count('gaps_told', gaps);
  }

  /** It catches up when its socket has drained. */
  #leaveBehind(membership: Membership, passed: Pick<RecentCursors, 'list'>): void {
    this.#metrics.count('members_left_behind');
    this.#live.delete(membership);
    membership.fallBehind(passed.list());
    this.#catchUp.add(membership);
  }
}

/** The payload goes in as it came: the feed hands on nothing but JSON. */
const signalFrame = (room: RoomId, { event, sender, data }: Signal): string =>
  `{"type":"signal","room":"${room}","event":"${event}","sender":${JSON.stringify(sender)},"data":${data}}`;
