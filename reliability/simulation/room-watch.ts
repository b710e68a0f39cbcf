/**
 * What one page sees of one room, judged as it comes: every message is stored, is the next one, and is new; a gap
 * begins where the page stands and counts what it leaves out. Serves G1.1, G3.2, G4.1, G4.7, G6.2.
 */
import type { Gap, Message } from '@holdline/client';
import { idOf, numberOf, type Truth } from './truth.ts';

export interface WatchHooks {
  readonly truth: Truth;
  /** Something that must never happen has happened. */
  violated(rule: string, what: string): void;
}

export class RoomWatch {
  readonly room: string;
  readonly page: string;
  /** Cursors of what was delivered, and the gaps between, in order. */
  readonly delivered: string[] = [];
  readonly gaps: Gap[] = [];
  /** Where the page stands; null before its first join was answered. */
  head: string | null = null;
  /** Where it began. */
  placedAt: string | null = null;
  readonly #hooks: WatchHooks;
  readonly #seen = new Set<string>();

  constructor(page: string, room: string, hooks: WatchHooks) {
    this.page = page;
    this.room = room;
    this.#hooks = hooks;
  }

  placed(cursor: string): void {
    this.placedAt ??= cursor;
    this.head ??= cursor;
  }

  message({ id, n, cursor, messageId, sender, data }: Message): void {
    const { truth } = this.#hooks;
    const { room } = this;
    if (!truth.has(room, id, messageId)) this.#violated('G6.2', `${cursor} was delivered and never stored`);
    if ((data as { m?: unknown }).m !== messageId) this.#violated('G6.2', `${cursor} came with another payload`);
    const key = `${sender ?? ''} ${messageId}`;
    if (this.#seen.has(key)) this.#violated('G3.2', `${cursor} was delivered twice`);
    this.#seen.add(key);
    if (this.head === null) this.#violated('G4.1', `${cursor} came before the page had a place`);
    else this.#follows(n, cursor);
    this.head = cursor;
    this.delivered.push(cursor);
  }

  gap(gap: Gap): void {
    const { from, to, missed, next, reason } = gap;
    const { head } = this;
    const isTurn = reason === 'rewritten' || reason === 'lost';
    if (head === null) this.#violated('G4.7', `a gap ${reason} came before the page had a place`);
    else if (!isTurn && !this.#reaches(head, from)) {
      this.#violated('G4.7', `a gap ${reason} from ${from}, and the page stands at ${head}`);
    }
    if (!isTurn && to !== null && missed !== numberOf(to) - numberOf(from)) {
      this.#violated('G4.1', `a gap ${reason} ${from}..${to} that counts ${String(missed)}`);
    }
    this.head = next;
    this.gaps.push(gap);
    this.delivered.push(`gap ${reason} ${from}..${to ?? '?'} → ${next}`);
  }

  /** Between two messages in a row lies nothing, but for entries that are no messages. */
  #follows(n: number, cursor: string): void {
    const head = this.head as string;
    const before = numberOf(idOf(head));
    if (n <= before) this.#violated('G1.1', `${cursor} came after ${head}`);
    for (let between = before + 1; between < n; between += 1) {
      if (this.#isSilent(between)) continue;
      this.#violated('G4.1', `${cursor} came after ${head}, and nothing was told of what lies between`);
      return;
    }
  }

  /** True when the page may stand there: it does, or only what is silent lies between. */
  #reaches(head: string, id: string): boolean {
    if (idOf(head) === id) return true;
    const [before, n] = [numberOf(idOf(head)), numberOf(id)];
    for (let between = before + 1; between <= n; between += 1) if (!this.#isSilent(between)) return false;
    return n > before;
  }

  /** A control entry, or, once history was replaced, a message that this page has had before. */
  #isSilent(n: number): boolean {
    const hasTurned = this.gaps.some(({ reason }) => reason === 'rewritten' || reason === 'lost');
    return this.#hooks.truth
      .at(this.room, n)
      .some(
        ({ isControl, sender, messageId }) =>
          isControl || (hasTurned && this.#seen.has(`${sender ?? ''} ${messageId}`)),
      );
  }

  #violated(rule: string, what: string): void {
    this.#hooks.violated(rule, `${this.page} in ${this.room}: ${what}`);
  }
}
