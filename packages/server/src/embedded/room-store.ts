/**
 * beside Hop 5/8 – one room in memory, in the form in which Redis keeps it: a stream of raw entries, a position,
 * two dedupe hashes, their lifetimes. It knows nothing of messages, so that the same reading and the same
 * judgement run on it as on Redis, and so that tests can damage it as Redis can be damaged.
 */

export interface StoredEntry {
  readonly id: string;
  readonly header: string | null;
  readonly data: Buffer | null;
}

export interface DedupeHash {
  /** When it took its first record, ms; 0 when it is not there. */
  startedAt: number;
  /** Since when nothing was forgotten, where records had to go before their time; else 0. */
  knownFrom: number;
  expiresAt: number;
  records: Map<string, string>;
}

export interface RoomState {
  stream: StoredEntry[];
  streamExpiresAt: number;
  /** Like `last-generated-id`: survives trimming and deletion, not the loss of the stream. */
  lastId: string;
  /** Like `max-deleted-entry-id`. */
  highestDeleted: string;
  position: string | null;
  positionExpiresAt: number;
  dedupe: readonly [DedupeHash, DedupeHash];
}

const emptyHash = (): DedupeHash => ({ startedAt: 0, knownFrom: 0, expiresAt: Infinity, records: new Map() });

export const emptyRoom = (): RoomState => ({
  stream: [],
  streamExpiresAt: Infinity,
  lastId: '0-0',
  highestDeleted: '0-0',
  position: null,
  positionExpiresAt: Infinity,
  dedupe: [emptyHash(), emptyHash()],
});

export const copyRoom = (room: RoomState): RoomState => ({
  ...room,
  stream: [...room.stream],
  dedupe: [
    { ...room.dedupe[0], records: new Map(room.dedupe[0].records) },
    { ...room.dedupe[1], records: new Map(room.dedupe[1].records) },
  ],
});

/** Negative, zero or positive. IDs written by hand may have more digits than ours, hence no number. */
export function compareRawIds(a: string, b: string): number {
  const [aDash, bDash] = [a.indexOf('-'), b.indexOf('-')];
  if (aDash !== bDash) return aDash - bDash;
  if (a.length === b.length) return compareText(a, b);
  return compareText(a.slice(0, aDash), b.slice(0, bDash)) || a.length - b.length;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Drops what has outlived its lifetime, as Redis does before any access. */
export function expire(room: RoomState, nowMs: number): void {
  if (room.streamExpiresAt <= nowMs) forgetStream(room);
  if (room.positionExpiresAt <= nowMs) room.position = null;
  for (const hash of room.dedupe) {
    if (hash.expiresAt <= nowMs) clearHash(hash);
  }
}

/** Nothing is left of it, not even an empty stream that knows its last ID: it is as a room that never was. */
export const isForgotten = ({ lastId, position, dedupe }: RoomState): boolean =>
  lastId === '0-0' && position === null && dedupe.every(({ startedAt }) => startedAt === 0);

export function forgetStream(room: RoomState): void {
  room.stream = [];
  room.streamExpiresAt = Infinity;
  room.lastId = '0-0';
  room.highestDeleted = '0-0';
}

export function clearHash(hash: DedupeHash): void {
  hash.startedAt = 0;
  hash.knownFrom = 0;
  hash.expiresAt = Infinity;
  hash.records = new Map();
}

/** The index of the first entry after `id`. */
export function indexAfter(room: RoomState, id: string): number {
  let low = 0;
  let high = room.stream.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareRawIds((room.stream[middle] as StoredEntry).id, id) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Keeps the newest `keep` entries, as XTRIM does: no trace but the hole. */
export function trim(room: RoomState, keep: number): void {
  if (room.stream.length > keep) room.stream.splice(0, room.stream.length - keep);
}

/** Removes one entry by hand, as XDEL does. */
export function removeEntry(room: RoomState, id: string): void {
  const index = room.stream.findIndex((entry) => entry.id === id);
  if (index < 0) return;
  room.stream.splice(index, 1);
  if (compareRawIds(id, room.highestDeleted) > 0) room.highestDeleted = id;
}

/** Adds an entry by hand, as `XADD * …` does. */
export function addByHand(room: RoomState, entry: Omit<StoredEntry, 'id'>, nowMs: number, wantedId?: string): string {
  const [lastMs = '0', lastN = '0'] = room.lastId.split('-');
  const id = wantedId ?? (nowMs > Number(lastMs) ? `${nowMs}-0` : `${lastMs}-${Number(lastN) + 1}`);
  if (compareRawIds(id, room.lastId) <= 0) throw new RangeError('the ID is not above the last one');
  room.stream.push({ ...entry, id });
  room.lastId = id;
  return id;
}
