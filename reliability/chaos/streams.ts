// What the streams hold, read so often that nothing is removed unseen, and each entry only once: a read goes on after the
// last entry of the one before. Whole reads say what is kept, and follow whatever may have replaced or removed history.

import type { StreamEntry } from '@holdline/testkit';
import { digestOf } from './actors/member.ts';
import type { TimeLine } from './time-line.ts';

const PREFIX = 'hl';

export interface RoomKeys {
  readonly stream: string;
  readonly position: string;
  readonly dedupe: readonly [string, string];
  readonly channel: string;
}

export function keysOf(room: string): RoomKeys {
  const base = `${PREFIX}:{${room}}`;
  return {
    stream: `${base}:log`,
    position: `${base}:pos`,
    dedupe: [`${base}:d0`, `${base}:d1`],
    channel: `${base}:live`,
  };
}

export type RawEntry = readonly [id: string, fields: readonly string[]];

/** `1 <kind> <messageId> <predecessor> <event> <sender>` */
const HEADER = /^1 ([jbc]) ([A-Za-z0-9_-]{1,64}) (\S{3,100}) ([A-Za-z0-9_.:-]{1,64}) (-|\+.+)$/;

export function entryOf([id, fields]: RawEntry): StreamEntry | null {
  const at = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
  const match = HEADER.exec(at('h'));
  if (match === null) return null;
  const [, kind, messageId = '', previous = '', event = '', sender = ''] = match;
  const data = JSON.parse(at('d')) as unknown;
  const common = { id, messageId, previous, sender: sender === '-' ? null : sender.slice(1) };
  if (kind !== 'c') return { ...common, digest: digestOf(event, data), isControl: false };
  const { fork, head } = data as { fork: string; head: string };
  return { ...common, digest: '', isControl: true, rewrite: { fork, head } };
}

/** What a room holds from some ID on, that one included. */
export interface RoomContent {
  readonly position: string | null;
  readonly raw: readonly RawEntry[];
}

/** Asks the store for the rooms, each from an ID on, or from `-`, its beginning; one moment for all of them. */
export type Fetch = (rooms: readonly string[], from: (room: string) => string) => Promise<readonly RoomContent[]>;

export interface ReadOptions {
  /** Everything, also what was read before. */
  readonly whole?: boolean;
  readonly final?: boolean;
}

export class StreamReader {
  readonly #timeLine: TimeLine;
  readonly #rooms: readonly string[];
  /** The last entry that was read of each room, as a cursor. */
  readonly #last = new Map<string, string>();

  constructor(timeLine: TimeLine, rooms: readonly string[]) {
    this.#timeLine = timeLine;
    this.#rooms = rooms;
  }

  lastId(room: string): string {
    return this.#last.get(room)?.split('~')[0] ?? '0-0';
  }

  /** Reads every room; answers whether the beginning of a partial read was gone, so that a whole one should follow. */
  async read(fetch: Fetch, { whole = false, final = false }: ReadOptions = {}): Promise<boolean> {
    // The state that is read is at least as new as this.
    const atMs = this.#timeLine.now();
    const contents = await fetch(this.#rooms, (room) => (whole ? '-' : this.lastId(room)));
    let isCut = false;
    for (const [index, room] of this.#rooms.entries()) {
      const { position, raw } = contents[index]!;
      isCut = this.#note(room, position, raw, { atMs, whole, final }) || isCut;
    }
    return isCut;
  }

  #note(
    room: string,
    position: string | null,
    raw: readonly RawEntry[],
    { atMs, whole, final }: { atMs: number; whole: boolean; final: boolean },
  ): boolean {
    const after = whole ? undefined : this.#last.get(room);
    const entries = raw.map(entryOf).filter((entry) => entry !== null);
    const [first] = entries;
    const isCut = after !== undefined && (first === undefined || `${first.id}~${first.messageId}` !== after);
    if (after !== undefined && !isCut) entries.shift();
    const last = entries.at(-1);
    if (last !== undefined) this.#last.set(room, `${last.id}~${last.messageId}`);
    else if (whole) this.#last.delete(room);
    if (after !== undefined && entries.length === 0 && !isCut) return false;
    const range = after === undefined ? {} : { after };
    this.#timeLine.write([{ atMs, kind: 'stream-read', room, position, entries, ...range, final }]);
    return isCut;
  }
}
