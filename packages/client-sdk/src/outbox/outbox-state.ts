/**
 * Hop 1/8: what is sent when, and what an answer means. It decides, and performs nothing itself: no timer, clock,
 * socket or store, only its abstract methods, which must not call back before they return.
 *
 *     held ── saved ▶ queued ── a place in flight ▶ sent ── ack, final nack ▶ ended
 *      ▲               │ ▲                            │
 *      └── stamped ────┘ └────── passing nack, lost ──┘        claimed: held; asleep: all held
 *
 * One list, in sending order. Within a room nothing passes a message before it: not one that is being saved,
 * nor one that was refused for now. Serves G1.2, G2.2, G3.5, G7.4.
 */
import type { RetryVerdict } from '@holdline/protocol';
import { MAX_STRIKES } from '../bounds.ts';
import type { OutboxRecord, StoredOutcome } from './outbox-store.ts';

export interface Item {
  record: OutboxRecord;
  /** Of its frame, with room for what a retry adds. */
  readonly bytes: number;
  /** `held`: being written, or for another tab to send. */
  phase: 'held' | 'queued' | 'sent';
  /** It may have reached a server: from now on it has an age, and another send is a retry. */
  wasSent: boolean;
  /** Refused for now: the server holds the room closed until it comes back or is withdrawn. */
  isRefused?: boolean;
  /** It may have closed the connection: until all of these have an answer, one message flies at a time. */
  isSuspect?: boolean;
}

/** What an open connection allows. */
export interface Line {
  readonly maxInFlight: number;
  readonly maxFrameBytes: number;
}

/** 0 stands for never. */
const stamped = (record: OutboxRecord, firstSentAt: number): OutboxRecord => ({
  ...record,
  frame: { ...record.frame, firstSentAt },
});

export abstract class OutboxState<I extends Item> {
  /** Rooms in which something was refused for now, and which wait before they try again. */
  readonly #resting = new Set<string>();
  /** Replaced, not changed, where something leaves: whoever goes through it may end what it holds. */
  records: I[] = [];
  declare line: Line | undefined;

  /** The time of the server, in ms. */
  abstract now(): number;
  /** Write the record; `saved` answers. */
  abstract save(item: I): void;
  abstract send(item: I, isRetry: boolean): void;
  abstract queued(item: I): void;
  abstract withdraw(frame: I['record']['frame']): void;
  abstract ended(item: I, outcome: StoredOutcome): void;
  /** Call `rested` after a while. */
  abstract rest(room: string): void;

  added(item: I): void {
    this.records.push(item);
    this.save(item);
  }

  /**
   * Items that are ours to send now. They go before what `producer` has published, in the order of their keys, and are written
   * once more before they are sent: what comes free a moment later still finds its place before them.
   */
  take(items: readonly I[], producer: string): void {
    // `false` comes before `true`.
    const place = ({ record }: I): string => (record.producer === producer) + record.key;
    this.records = [...new Set([...this.records, ...items])].sort((a, b) => (place(a) < place(b) ? -1 : 1));
    for (const item of items) {
      item.phase = 'held';
      this.queued(item);
      this.save(item);
    }
  }

  /** Without keys: there is nothing to wait for any more. */
  saved(keys?: readonly string[]): void {
    for (const item of this.records) {
      if (item.phase === 'held' && keys?.includes(item.record.key) !== false) item.phase = 'queued';
    }
    this.#pump();
  }

  open(line: Line): void {
    this.line = line;
    // What was to be sent and was not has no age yet.
    for (const item of this.records) if (!item.wasSent) item.record = stamped(item.record, 0);
    this.#pump();
  }

  lost(isSuspect: boolean): void {
    const flew = this.#flying();
    this.line = undefined;
    this.#resting.clear();
    for (const each of this.records) each.isRefused = false;
    for (const each of flew) each.isSuspect ||= isSuspect;
    this.#queue(flew);
    if (isSuspect && flew.length === 1) this.#strike(flew[0] as I);
  }

  rested(room: string): void {
    this.#resting.delete(room);
    this.#pump();
  }

  answered(item: I, retry: RetryVerdict, outcome: StoredOutcome): void {
    const { room } = item.record.frame;
    const flying = this.#flying();
    if (!(item.isRefused = retry !== 'never')) this.end(item, outcome);
    // Else it was called back with the message before it, and this is the echo of that.
    else if (flying.includes(item)) {
      this.#resting.add(room);
      this.rest(room);
      this.#queue(flying.slice(flying.indexOf(item)).filter((each) => each.record.frame.room === room));
    }
  }

  /** It has its outcome, by an answer, by this side, or by another tab. */
  end(item: I, outcome: StoredOutcome): void {
    if (!this.records.includes(item)) return;
    this.records = this.records.filter((each) => each !== item);
    if (item.isRefused && this.line) this.withdraw(item.record.frame);
    this.ended(item, outcome);
    this.#pump();
  }

  #flying(): I[] {
    return this.records.filter((item) => item.phase === 'sent');
  }

  #queue(items: readonly I[]): void {
    for (const item of items) {
      item.phase = 'queued';
      this.queued(item);
    }
    this.#pump();
  }

  /** It was alone in flight when the connection was closed for a bad frame. */
  #strike(item: I): void {
    const { strikes = 0 } = item.record;
    item.record = { ...item.record, strikes: strikes + 1 };
    if (strikes < MAX_STRIKES - 1) this.save(item);
    else this.end(item, { code: 'poison' });
  }

  /** Sends what may be sent; before the first send the time of that is put into the record, and kept. */
  #pump(): void {
    const { records: items, line } = this;
    const closed = new Set(this.#resting);
    const isCautious = items.some((item) => item.isSuspect);
    if (!line) return;
    // Some slack: the server counts a publish until its answer has left.
    let free = (isCautious ? 1 : line.maxInFlight * 0.9) - this.#flying().length;
    for (const item of items) {
      const { record, phase, wasSent } = item;
      const { room, firstSentAt } = record.frame;
      if (phase === 'queued' && item.bytes > line.maxFrameBytes) return this.end(item, { code: 'message_too_large' });
      if (phase === 'queued' && !firstSentAt) {
        Object.assign(item, { phase: 'held', record: stamped(record, this.now()) });
        this.save(item);
      }
      if (item.phase === 'held') closed.add(room);
      if (item.phase === 'queued' && free > 0 && !closed.has(room)) {
        free -= 1;
        Object.assign(item, { phase: 'sent', wasSent: true, isRefused: false });
        this.send(item, wasSent);
      }
    }
  }
}
