/**
 * beside Hop 4/8 – the rooms of one connection: join, leave, and what a refreshed token changes. Requests for one
 * room run one after the other, so that each gets its answer in order; different rooms do not wait for each other.
 * Every join is authorised anew, a resume included (G8.4).
 */
import {
  ERROR_CODES,
  isCursor,
  ZERO_CURSOR,
  type Cursor,
  type JoinRequest,
  type RoomId,
  type Since,
} from '@holdline/protocol';
import { LogError, type MessageLog } from '../log/message-log.ts';
import { errorFields, type FaultLog } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { standsAt } from '../room/cursors.ts';
import type { Membership } from '../room/membership.ts';
import type { RoomRegistry } from '../room/room-registry.ts';
import type { Room } from '../room/room.ts';
import { refusalOf, type Access, type Answer } from './access.ts';
import { RoomSlots } from './room-slots.ts';
import type { Refusal, Session } from './session.ts';

export interface JoinerDeps {
  readonly access: Access;
  readonly registry: RoomRegistry;
  readonly log: Pick<MessageLog, 'startCursor'>;
  readonly logger: FaultLog;
  readonly metrics: Metrics;
  readonly maxRooms: number;
}

interface Slot {
  readonly name: RoomId;
  room: Room | null;
  membership: Membership | null;
  /** The last of the requests for this room; each begins when the one before has ended. Null when none is under way. */
  tail: Promise<void> | null;
  waiting: number;
  /** A look at what the user may do by now is among them. */
  isInQuestion: boolean;
  /** A leave is among them, and no join behind it. */
  isLeaving: boolean;
}

const NO_CURSORS: readonly Cursor[] = [];
/** Joins of one room, and leaves between them, that may wait for one another; beside them one last leave, and one question whether the user may still be there. */
const MAX_WAITING_PER_ROOM = 8;

export class Joiner {
  readonly #deps: JoinerDeps;
  readonly #session: Session;
  readonly #slots = new RoomSlots<Slot>();

  constructor(deps: JoinerDeps, session: Session) {
    this.#deps = deps;
    this.#session = session;
  }

  join(request: JoinRequest): void {
    if (this.#session.isDraining) return this.refuse(request, { code: 'draining' });
    const slot = this.#slots.get(request.room);
    if (slot === undefined && this.#slots.size >= this.#deps.maxRooms) {
      return this.refuse(request, { code: 'too_many_rooms', detail: 'limits.maxRooms' });
    }
    if (slot !== undefined && slot.waiting >= MAX_WAITING_PER_ROOM) return this.refuse(request, { code: 'overloaded' });
    const own = slot ?? this.#addSlot(request.room);
    own.isLeaving = false;
    this.#run(own, () => this.#join(own, request));
  }

  leave(room: RoomId): void {
    const answer = (): void => this.#session.send({ type: 'left', room });
    const slot = this.#slots.get(room);
    if (slot === undefined) return answer();
    // Never refused, nobody asks twice: one that waits already answers for both.
    if (slot.isLeaving) return;
    if (slot.waiting === 0) {
      // At once: the place that it leaves may be what a join just behind it needs.
      this.#slots.delete(room);
      this.#release(slot);
      return answer();
    }
    slot.isLeaving = true;
    this.#run(slot, async () => {
      slot.isLeaving = false;
      this.#release(slot);
      answer();
    });
  }

  /** The connection is gone: leaves everything at once, and answers nothing any more. */
  leaveAll(): void {
    for (const slot of this.#slots.list()) this.#release(slot);
    this.#slots.clear();
  }

  /** After a refresh: leaves the rooms that are no longer permitted, those too whose join is still under way. */
  recheck(): void {
    for (const slot of this.#slots.list()) {
      if (slot.isInQuestion) continue;
      slot.isInQuestion = true;
      this.#run(slot, () => this.#recheck(slot));
    }
  }

  refuse({ room, ref }: Pick<JoinRequest, 'room' | 'ref'>, { code, detail }: Refusal): void {
    this.#deps.metrics.count('joins_refused');
    const { retry } = ERROR_CODES[code];
    const more = { ...(ref !== undefined && { ref }), ...(detail !== undefined && { message: detail }) };
    this.#session.send({ type: 'error', code, retry, request: 'join', room, ...more });
  }

  #run(slot: Slot, task: () => Promise<void>): void {
    slot.waiting += 1;
    slot.tail = (slot.tail ?? Promise.resolve()).then(() => this.#perform(slot, task));
  }

  #addSlot(name: RoomId): Slot {
    const slot: Slot = {
      name,
      room: null,
      membership: null,
      tail: null,
      waiting: 0,
      isInQuestion: false,
      isLeaving: false,
    };
    this.#slots.add(slot);
    return slot;
  }

  async #perform(slot: Slot, task: () => Promise<void>): Promise<void> {
    const { name } = slot;
    try {
      if (this.#session.isOpen) await task();
    } catch (error) {
      this.#fault(name, error);
    }
    slot.waiting -= 1;
    if (slot.waiting > 0) return;
    slot.tail = null;
    if (slot.membership === null && this.#slots.get(name) === slot) this.#slots.delete(name);
  }

  async #join(slot: Slot, request: JoinRequest): Promise<void> {
    const since = request.since ?? 'live';
    const [mayJoin, mayReadHistory] = await this.#permissions(request.room);
    // Where `history` is not known the join has to be made again: as if there were none, what is there would count as out of reach.
    const isAsked = needsHistory(since) || mayReadHistory === 'unknown';
    const refusal = refusalOf(mayJoin) ?? (isAsked ? refusalOf(mayReadHistory) : null);
    if (!this.#session.isOpen) return;
    if (refusal !== null) return this.refuse(request, refusal);
    try {
      await this.#enter(slot, request, since, mayReadHistory === 'yes');
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.refuse(request, { code: error.code });
    }
  }

  /** `history` is asked for a live join as well: a member that falls behind may read on only with it. */
  #permissions(room: RoomId): readonly [Answer, Answer] | Promise<readonly [Answer, Answer]> {
    const { principal } = this.#session;
    const { access } = this.#deps;
    const [join, history] = [access.ask(principal, room, 'join'), access.ask(principal, room, 'history')];
    return typeof join === 'string' && typeof history === 'string' ? [join, history] : Promise.all([join, history]);
  }

  async #enter(slot: Slot, request: JoinRequest, since: Since, mayReadHistory: boolean): Promise<void> {
    const { registry, metrics } = this.#deps;
    const { moment } = registry;
    const room = await registry.acquire(request.room);
    try {
      const cursor = since === 'live' ? 'live' : await this.#startOf(room, since, moment);
      // Where announcements were lost the room has yet to hear of what is stored, and where nobody was nobody has asked: who
      // enters live there would get it as new, or be told that it is gone.
      const isUnsure = !mayReadHistory || (cursor === 'live' && room.memberCount === 0);
      // A room that reads may be on its way through what was stored long before: that is not where a member is live.
      const isLevel = isUnsure
        ? await registry.refreshSince(room, moment)
        : cursor !== 'live' || (await room.settled());
      if (!isLevel && !mayReadHistory) return this.refuse(request, { code: 'unavailable' });
      if (!this.#session.isOpen) return;
      if (this.#session.isDraining) return this.refuse(request, { code: 'draining' });
      this.#release(slot);
      const ref = request.ref === undefined ? {} : { ref: request.ref };
      // Everybody has been at the zero cursor: as a fork it would call lost history rewritten.
      const recent = request.recent?.filter((older) => older !== ZERO_CURSOR) ?? NO_CURSORS;
      const entrance = { cursor, recent, mayReadHistory, ...ref };
      slot.room = room;
      slot.membership = room.enter(this.#session.member, entrance);
      metrics.count('joins');
      this.#session.tellIfDegraded();
    } finally {
      registry.release(room);
    }
  }

  async #startOf(room: Room, since: Exclude<Since, 'live'>, moment: number): Promise<Cursor | 'live'> {
    if (since === 'start') return this.#deps.log.startCursor(room.name, 'all');
    if (isCursor(since)) return this.#resume(room, since, moment);
    const { last } = since as { readonly last: number };
    if (last === 0) return 'live';
    return room.window.cursorBeforeLast(last) ?? this.#deps.log.startCursor(room.name, last);
  }

  /**
   * Who comes from another instance may have been told there that history is gone, of which this one does not know
   * yet: served from the window it would get the old history again, and then its end once more (G4.7). What was asked
   * of the log since it came, at `moment`, tells as much as another question.
   */
  async #resume(room: Room, since: Cursor, moment: number): Promise<Cursor> {
    if (!standsAt(since, room.position)) await this.#deps.registry.refreshSince(room, moment);
    return since;
  }

  async #recheck(slot: Slot): Promise<void> {
    const { name: room, membership } = slot;
    slot.isInQuestion = false;
    if (membership === null) return;
    const [mayJoin, mayReadHistory] = await this.#permissions(room);
    const refusal = refusalOf(mayJoin) ?? (mayReadHistory === 'unknown' ? refusalOf(mayReadHistory) : null);
    if (!this.#session.isOpen) return;
    membership.mayReadHistory = mayReadHistory === 'yes';
    if (refusal === null) return;
    this.#release(slot);
    this.#session.send({ type: 'left', room, code: refusal.code });
  }

  #release(slot: Slot): void {
    const { room, membership } = slot;
    slot.room = null;
    slot.membership = null;
    if (room === null || membership === null) return;
    room.leave(membership);
    this.#deps.registry.retireIfEmpty(room);
  }

  #fault(room: RoomId, error: unknown): void {
    this.#deps.metrics.count('faults');
    this.#deps.logger.error({ room, connection: this.#session.id, ...errorFields(error) }, 'join failed unexpectedly');
    if (this.#session.isOpen) this.refuse({ room }, { code: 'internal' });
  }
}

/** `live` and cursors go without: what a cursor may read is decided by whether it verifies. */
const needsHistory = (since: Since): boolean => since === 'start' || (typeof since === 'object' && since.last > 0);
