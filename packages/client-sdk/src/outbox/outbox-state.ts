/**
 * Hop 1/8: what is sent when, and what an answer means. It decides, and performs nothing itself: no timer, clock,
 * socket or store, only calls of `OutboxActions`, which must not call back before they return.
 *
 *     held ── saved, claimed ▶ queued ── a place in flight ▶ sent ── ack, final nack ▶ ended
 *      ▲                        │ ▲                            │
 *      └── stamped with a time ─┘ └────── passing nack, lost ──┘        asleep: all held
 *
 * One list, in sending order. Within a room nothing passes a message before it: not one that is being saved,
 * nor one that was refused for now. Serves G1.2, G2.2, G3.5, G7.4.
 */
import type { RetryVerdict } from '@holdline/protocol';
import type { OutboxRecord, StoredOutcome } from './outbox-store.ts';

/** A message that closed the connection this often is given up. */
const MAX_STRIKES = 3;

export interface Item {
  record: OutboxRecord;
  /** Of its frame, with room for what a retry adds. */
  readonly bytes: number;
  /** `held`: being written, or for another tab to send. */
  phase: 'held' | 'queued' | 'sent';
  /** It may have reached a server: from now on it has an age, and another send is a retry. */
  wasSent: boolean;
  /** Sends of this connection that have no answer yet; an answer counts for the oldest. */
  unanswered: number;
  /** Refused for now: the server holds the room closed until it comes back or is withdrawn. */
  isRefused: boolean;
  /** It may have closed the connection: until all of these have an answer, one message flies at a time. */
  isSuspect: boolean;
}

/** What an open connection allows. */
export interface Line {
  readonly maxInFlight: number;
  readonly maxFrameBytes: number;
}

export interface OutboxActions<I extends Item> {
  /** The time of the server, in ms. */
  now(): number;
  /** Write the record; `saved` answers. */
  save(item: I): void;
  send(item: I, isRetry: boolean): void;
  requeued(item: I): void;
  withdraw(item: I): void;
  ended(item: I, outcome: StoredOutcome): void;
  /** Call `rested` after a while. */
  rest(room: string): void;
}

export class OutboxState<I extends Item> {
  readonly items: I[] = [];
  line: Line | undefined;
  /** Rooms in which something was refused for now, and which wait before they try again. */
  readonly #resting = new Set<string>();
  readonly #actions: OutboxActions<I>;

  constructor(actions: OutboxActions<I>) {
    this.#actions = actions;
  }

  added(item: I): void {
    this.items.push(item);
    this.#actions.save(item);
  }

  /** Items that are ours to send now, in order; they go before what `producer` has published. */
  claimed(items: readonly I[], producer: string): void {
    const mine = this.items.findIndex(({ record }) => record.producer === producer);
    const fresh = items.filter((item) => !this.items.includes(item));
    this.items.splice(mine < 0 ? this.items.length : mine, 0, ...fresh);
    this.#queue(items);
  }

  saved(keys: readonly string[]): void {
    for (const item of this.items) {
      if (item.phase === 'held' && keys.includes(item.record.key)) item.phase = 'queued';
    }
    this.#pump();
  }

  opened(line: Line): void {
    this.line = line;
    // What was to be sent and was not has no age yet.
    for (const item of this.items) if (!item.wasSent) item.record = { ...item.record, firstSentAt: undefined };
    this.#pump();
  }

  lost(isSuspect: boolean): void {
    const flew = this.#flying();
    const [item] = flew;
    this.line = undefined;
    this.#resting.clear();
    for (const each of this.items) Object.assign(each, { unanswered: 0, isRefused: false });
    for (const each of flew) each.isSuspect ||= isSuspect;
    this.#queue(flew);
    if (isSuspect && item && flew.length === 1) this.#strike(item);
  }

  /** Others may send what this page published, until it wakes and has claimed it again. */
  suspended(): void {
    for (const item of this.items) item.phase = 'held';
  }

  rested(room: string): void {
    this.#resting.delete(room);
    this.#pump();
  }

  answered(item: I, retry: RetryVerdict, outcome: StoredOutcome): void {
    const { room } = item.record;
    item.unanswered -= 1;
    if (retry === 'never') {
      item.isRefused = false;
      this.end(item, outcome);
    } else if (item.unanswered <= 0 && item.phase === 'sent') {
      // Else it answers a send before the last, or one that was called back with the message before it.
      item.isRefused = true;
      this.#resting.add(room);
      this.#actions.rest(room);
      const after = this.items.slice(this.items.indexOf(item));
      this.#queue(after.filter(({ record, phase }) => record.room === room && phase === 'sent'));
    }
  }

  /** It has its outcome, by an answer, by this side, or by another tab. */
  end(item: I, outcome: StoredOutcome): void {
    const { items, line } = this;
    items.splice(items.indexOf(item), 1);
    if (item.isRefused && line) this.#actions.withdraw(item);
    this.#actions.ended(item, outcome);
    this.#pump();
  }

  #flying(): I[] {
    return this.items.filter(({ phase }) => phase === 'sent');
  }

  #queue(items: readonly I[]): void {
    for (const item of items) item.phase = 'queued';
    for (const item of items) this.#actions.requeued(item);
    this.#pump();
  }

  /** It was alone in flight when the connection was closed for a bad frame. */
  #strike(item: I): void {
    const strikes = (item.record.strikes ?? 0) + 1;
    item.record = { ...item.record, strikes };
    if (strikes < MAX_STRIKES) this.#actions.save(item);
    else this.end(item, { code: 'poison' });
  }

  /** Sends what may be sent; before the first send the time of that is put into the record, and kept. */
  #pump(): void {
    const { items, line } = this;
    const actions = this.#actions;
    const closed = new Set(this.#resting);
    const isCautious = items.some((item) => item.isSuspect);
    if (!line) return;
    let free = (isCautious ? 1 : line.maxInFlight) - this.#flying().length;
    for (const item of items) {
      const { record, phase, wasSent } = item;
      if (phase === 'queued' && item.bytes > line.maxFrameBytes) return this.end(item, { code: 'message_too_large' });
      if (phase === 'queued' && !record.firstSentAt) {
        Object.assign(item, { phase: 'held', record: { ...record, firstSentAt: actions.now() } });
        actions.save(item);
      }
      if (item.phase === 'held') closed.add(record.room);
      if (item.phase !== 'queued' || free <= 0 || closed.has(record.room)) continue;
      free -= 1;
      Object.assign(item, { phase: 'sent', wasSent: true, isRefused: false, unanswered: item.unanswered + 1 });
      actions.send(item, wasSent);
    }
  }
}
