// The log of a good history: one room's entries as Redis would hold them, and what a reader of them is told. A model
// after docs/ARCHITECTURE.md.

import type { SeededRandom } from '../seeded-random.ts';
import type { GapTold, StreamEntry } from './history-event.ts';

export const ZERO = '0-0~';
const RETENTION = 60;

export type Gap = Pick<GapTold, 'from' | 'to' | 'missed' | 'reason' | 'next'>;

export const idOf = (cursor: string): string => cursor.split('~')[0]!;
export const countOf = (id: string): number => Number(id.split('-')[1]);
export const cursorOf = (entry: StreamEntry): string => `${entry.id}~${entry.messageId}`;

export function compareIds(a: string, b: string): number {
  const [aMs, aN] = a.split('-').map(Number) as [number, number];
  const [bMs, bN] = b.split('-').map(Number) as [number, number];
  return aMs - bMs || aN - bN;
}

export class GoodLog {
  entries: StreamEntry[] = [];
  position: string | null = null;
  readonly #dedupe = new Map<string, string>();
  #highestDeleted: string | null = null;

  /** Where the message is stored, if it is. */
  find(messageId: string): string | undefined {
    return this.#dedupe.get(messageId);
  }

  append(
    { messageId, digest }: Pick<StreamEntry, 'messageId' | 'digest'>,
    nowMs: number,
    sender: string | null,
    rewrite?: StreamEntry['rewrite'],
  ): string {
    const previous = this.position ?? ZERO;
    const [ms, n] = idOf(previous).split('-').map(Number) as [number, number];
    const id = `${Math.max(1_700_000_000_000 + Math.floor(nowMs), ms)}-${n + 1}`;
    const isControl = rewrite !== undefined;
    this.entries.push({ id, messageId, previous, digest, sender, isControl, ...(isControl ? { rewrite } : {}) });
    this.position = `${id}~${messageId}`;
    this.#dedupe.set(messageId, id);
    if (this.entries.length > RETENTION) this.entries.splice(0, this.entries.length - RETENTION);
    return id;
  }

  /** By hand: up to three entries, never the oldest or the only ones. */
  deleteSome(random: SeededRandom): void {
    for (let i = 1 + random.below(3); i > 0 && this.entries.length > 2; i--) {
      const [gone] = this.entries.splice(1 + random.below(this.entries.length - 1), 1);
      if (this.#highestDeleted === null || compareIds(gone!.id, this.#highestDeleted) > 0)
        this.#highestDeleted = gone!.id;
    }
  }

  forgetAll(): void {
    this.entries = [];
    this.position = null;
    this.#highestDeleted = null;
    this.#dedupe.clear();
  }

  /** What a replica that lacks the newest entries does not know: they and their dedupe records go together. */
  forgetNewest(count: number): StreamEntry[] {
    const gone = this.entries.splice(-count);
    for (const { messageId } of gone) this.#dedupe.delete(messageId);
    this.position = gone[0]!.previous;
    return gone;
  }

  /** What a reader at the end of this trail of cursors is told when `next` does not name where it stands. */
  gapAfter(trail: readonly string[], next: StreamEntry | null): Gap {
    const from = idOf(trail.at(-1)!);
    if (next === null && this.position === null) return { from, to: null, missed: null, reason: 'lost', next: ZERO };
    const until = next?.previous ?? this.position ?? ZERO;
    const to = idOf(until);
    if (compareIds(to, from) > 0 && countOf(to) > countOf(from)) {
      const isStartKept = this.entries.some((entry) => compareIds(entry.id, from) <= 0);
      const isDeleted = isStartKept || this.#highestDeleted === to;
      return { from, to, missed: countOf(to) - countOf(from), reason: isDeleted ? 'deleted' : 'trimmed', next: until };
    }
    const start = this.entries[0]?.previous ?? this.position!;
    for (let back = 1; back <= 512; back *= 2) {
      const fork = trail.at(-1 - back);
      if (fork === undefined) break;
      const stands = fork === start || this.entries.some((entry) => cursorOf(entry) === fork);
      if (!stands || idOf(fork) === '0-0' || compareIds(idOf(fork), from) >= 0) continue;
      const missed = countOf(from) - countOf(idOf(fork));
      return { from: idOf(fork), to: from, missed, reason: 'rewritten', next: fork };
    }
    return { from, to: null, missed: null, reason: 'lost', next: start };
  }
}
