/**
 * Hop 7/8: one connection in one room. `sent` is the cursor of the last entry handed to its socket; everything
 * that a member needs to go on from anywhere is in it, so there is no buffer per member.
 *
 *            enter                     sent = position
 *   ──────────────────▶ catching-up ──────────────────▶ live
 *                        ▲    │  ▲                        │
 *              take a    │    │  └────────────────────────┘
 *              page      └────┘        not writable
 *                             │                           │
 *                             └─────────▶ left ◀──────────┘
 *
 * A join that starts again makes a new membership; whatever still holds the old one finds it `left`.
 * Implements G1.3, G4.7, G7.1.
 */
import { compareStreamIds, countOf, encodeFrame, ZERO_CURSOR, type Cursor, type RoomId } from '@holdline/protocol';
import type { Gap } from '../log/message-log.ts';
import { idOf } from './cursors.ts';
import type { Member } from './member.ts';
import type { Rewrite } from './room-item.ts';
import { gapFrame, skipFrame, type Step, type Taken } from './steps.ts';

/** Rewrites that a member was told of; more than these in one membership are told again rather than remembered. */
const MAX_TOLD = 16;

export type MembershipPhase = 'catching-up' | 'live' | 'left';

export interface MembershipOptions {
  readonly sent: Cursor;
  /** Older cursors of the client, newest first. */
  readonly recent: readonly Cursor[];
  /** Whether the user may read what was stored before and cannot prove to have been there. */
  readonly mayReadHistory: boolean;
}

const NO_CURSORS: readonly Cursor[] = [];
const NOTHING: Taken = { messages: 0, gaps: 0 };
const ONE_GAP: Taken = { messages: 0, gaps: 1 };

export class Membership {
  readonly room: RoomId;
  readonly member: Member;
  /** As of now: a refreshed token may take it away, or bring it. */
  mayReadHistory: boolean;
  /** Older cursors of this reader, newest first, for the fork of a rewritten history. */
  recent: readonly Cursor[];
  #phase: MembershipPhase = 'catching-up';
  #sent: Cursor;
  #hasBeenLive = false;
  /** Null until there was one, which is hardly ever. */
  #told: Rewrite[] | null = null;

  constructor(room: RoomId, member: Member, options: MembershipOptions) {
    this.room = room;
    this.member = member;
    this.mayReadHistory = options.mayReadHistory;
    this.recent = options.recent;
    this.#sent = options.sent;
  }

  get phase(): MembershipPhase {
    return this.#phase;
  }

  get sent(): Cursor {
    return this.#sent;
  }

  get isWaiting(): boolean {
    return this.#phase === 'catching-up';
  }

  /** For good: nothing is sent for this membership any more. */
  leave(): void {
    this.#phase = 'left';
  }

  /** Hands the step to the socket and moves `sent` behind it; null when the socket must drain first, or it has left. */
  take(step: Step): Taken | null {
    if (this.#phase === 'left' || !this.member.isWritable) return null;
    this.#sent = step.end;
    switch (step.kind) {
      case 'messages':
        this.member.send(step.frame);
        return step.taken;
      case 'skip':
        this.member.send(skipFrame(this.room, step.end));
        return NOTHING;
      case 'gap':
        this.#tell(step.gap);
        return ONE_GAP;
      case 'rewrite':
        return this.#takeRewrite(step.rewrite, step.end);
    }
  }

  /** The first time, the client learns that it has everything up to here. */
  turnLive(position: Cursor): void {
    if (this.#phase === 'left') return;
    this.#phase = 'live';
    this.#sent = position;
    this.recent = NO_CURSORS;
    if (this.#hasBeenLive) return;
    this.#hasBeenLive = true;
    this.member.send(encodeFrame({ type: 'live', room: this.room }));
  }

  /**
   * Its socket is full. What the room has passed up to here is this reader's own past; what the room
   * passes from now on may turn out to be another history, and is not.
   */
  fallBehind(passedByRoom: readonly Cursor[]): void {
    if (this.#phase !== 'live') return;
    const at = idOf(this.#sent);
    this.#phase = 'catching-up';
    this.recent = passedByRoom.filter((cursor) => compareStreamIds(idOf(cursor), at) < 0);
  }

  /**
   * A member that was told of this rewrite has had its gap (G4.8). Instances and readers may each have
   * found another fork and another lost head for it, but their ranges overlap; those of two rewrites do not.
   */
  #takeRewrite(rewrite: Rewrite, end: Cursor): Taken {
    if (this.#told?.some((told) => isSameRewrite(told, rewrite))) {
      this.member.send(skipFrame(this.room, end));
      return NOTHING;
    }
    const [from, to] = [idOf(rewrite.fork), idOf(rewrite.head)];
    const missed = Math.max(0, countOf(to) - countOf(from));
    this.#remember(rewrite);
    this.member.send(gapFrame(this.room, { from, to, missed, reason: 'rewritten', next: end }));
    return ONE_GAP;
  }

  #tell(gap: Gap): void {
    if (gap.reason === 'rewritten' && gap.to !== null) {
      this.#remember({ fork: gap.from as string as Cursor, head: gap.to as string as Cursor });
    }
    // All that it had seen is gone, wherever others found the fork.
    if (gap.reason === 'lost') this.#remember({ fork: ZERO_CURSOR, head: gap.from as string as Cursor });
    this.member.send(gapFrame(this.room, gap));
  }

  #remember(rewrite: Rewrite): void {
    this.#told ??= [];
    this.#told.push(rewrite);
    if (this.#told.length > MAX_TOLD) this.#told.shift();
  }
}

const isBefore = (a: Cursor, b: Cursor): boolean => compareStreamIds(idOf(a), idOf(b)) < 0;

const isSameRewrite = (a: Rewrite, b: Rewrite): boolean => isBefore(a.fork, b.head) && isBefore(b.fork, a.head);
