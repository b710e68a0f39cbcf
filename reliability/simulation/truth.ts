/**
 * What was ever stored, noted at the moment of storing: the yardstick for what members see. Streams lose entries, and
 * turn back; this does not.
 */
import type { HistoryFact, StreamEntry } from '@holdline/testkit';

export interface Stored {
  readonly id: string;
  /** Counts the entries of the room from 1; a history that was turned back counts the same numbers again. */
  readonly n: number;
  readonly messageId: string;
  readonly isControl: boolean;
  readonly sender: string | null;
  readonly previous: string;
}

const HEADER = /^1 ([jbc]) ([A-Za-z0-9_-]+) (\d+-\d+~[A-Za-z0-9_-]*) \S+ (-|\+.+)$/;

/** An entry as it stands in a stream; null for what is none of ours. */
export function readEntry(id: string, header: string | null): Stored | null {
  const match = header === null ? null : HEADER.exec(header);
  if (match === null) return null;
  const [, kind, messageId = '', previous = '', sender = '-'] = match;
  const isControl = kind === 'c';
  return { id, n: numberOf(id), messageId, isControl, sender: sender === '-' ? null : sender.slice(1), previous };
}

export const numberOf = (id: string): number => Number(id.slice(id.indexOf('-') + 1));

export const idOf = (cursor: string): string => cursor.slice(0, cursor.indexOf('~'));

export class Truth {
  readonly #rooms = new Map<string, Map<string, Stored>>();
  readonly #byNumber = new Map<string, Map<number, Stored[]>>();

  add(room: string, entry: Stored): void {
    const entries = this.#rooms.get(room) ?? new Map<string, Stored>();
    const cursor = `${entry.id}~${entry.messageId}`;
    if (entries.has(cursor)) return;
    this.#rooms.set(room, entries.set(cursor, entry));
    const numbers = this.#byNumber.get(room) ?? new Map<number, Stored[]>();
    this.#byNumber.set(room, numbers);
    numbers.set(entry.n, [...(numbers.get(entry.n) ?? []), entry]);
  }

  has(room: string, id: string, messageId: string): boolean {
    return this.#rooms.get(room)?.has(`${id}~${messageId}`) === true;
  }

  /** The entries that had this number, in any of the room's histories. */
  at(room: string, n: number): readonly Stored[] {
    return this.#byNumber.get(room)?.get(n) ?? [];
  }

  *entries(room: string): Iterable<Stored> {
    yield* this.#rooms.get(room)?.values() ?? [];
  }

  get rooms(): Iterable<string> {
    return this.#rooms.keys();
  }
}

/** The stream of a room as the history checker reads it. */
export function streamRead(room: string, standing: readonly Stored[], position: string, final: boolean): HistoryFact {
  const entries = standing.map(({ id, messageId, previous, sender, isControl }): StreamEntry => ({
    id,
    messageId,
    previous,
    digest: isControl ? 'control' : messageId,
    sender,
    isControl,
  }));
  return { kind: 'stream-read', room, position, entries, final };
}
