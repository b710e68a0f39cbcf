/**
 * Hop 5/8: the append of the embedded engine, step for step what `lua/append.lua` does in Redis: dedupe, validate,
 * new IDs, entries, trimming, position, records, announcement. A test runs both on the same input.
 */
import { createHash } from 'node:crypto';
import { clearHash, compareRawIds, type DedupeHash, type RoomState } from './room-store.ts';

export interface RawMessage {
  /** `h` up to the predecessor, and from there on. */
  readonly head: string;
  readonly tail: string;
  readonly data: string;
  readonly messageId: string;
  readonly field: string;
  readonly hash: string;
  /** When a retry was first sent, ms; null for what is no retry. */
  readonly firstSentAt: number | null;
}

export interface RawAppend {
  readonly messages: readonly RawMessage[];
  readonly nowMs: number;
  readonly sealKey: string;
  readonly maxCount: number;
  readonly ageMs: number | null;
  readonly windowMs: number;
  readonly rotateMs: number;
  readonly positionMs: number;
  readonly maxRecords: number;
}

export type RawOutcome =
  | { readonly status: 'stored' | 'duplicate'; readonly id: string }
  | { readonly status: 'conflict' | 'beyond-window' };

const POSITION = /^(\d{1,15})-(\d{1,15})~([A-Za-z0-9_-]*)$/;
const HEADER = /^1 [jbc] ([A-Za-z0-9_-]+) \d+-(\d+)~/;
const REBUILD_COUNT = 16;
const MAX_PART = 1e15;
/** What a dedupe hash in Redis holds beside its records: `#`, `#kept`, `#wide`; `#from` is a fourth. */
const HASH_HEAD = 3;

interface Line {
  ms: number;
  n: number;
  /** The predecessor of the next entry. */
  previous: string;
}

export interface RawAppended {
  readonly outcomes: readonly RawOutcome[];
  /** Null when nothing new was stored. */
  readonly announcement: string | null;
}

/** Null when the stream holds IDs so high that no further one fits; nothing is stored then. */
export function appendRaw(room: RoomState, input: RawAppend): RawAppended | null {
  const line = lineOf(room);
  const countBefore = line.n;
  line.ms = Math.max(line.ms, input.nowMs);
  const known = new Map<string, string>();
  const fresh = new Map<string, string>();
  const lines: string[] = [];
  const sealed = [input.sealKey];
  const outcomes: RawOutcome[] = [];
  const [{ knownFrom }] = hashesOf(room);
  for (const [index, message] of input.messages.entries()) {
    const record = known.get(message.field) ?? recordOf(room, message.field);
    if (record !== undefined) {
      outcomes.push(judgeRepeat(record, message.hash));
    } else if (isBeyond(message.firstSentAt, input.nowMs - input.windowMs, knownFrom)) {
      outcomes.push({ status: 'beyond-window' });
    } else {
      const id = nextId(room, line, input.messages.length - index);
      if (id === null) return null;
      const header = `${message.head}${line.previous}${message.tail}`;
      room.stream.push({ id, header, data: Buffer.from(message.data) });
      room.lastId = id;
      line.previous = `${id}~${message.messageId}`;
      known.set(message.field, `${id} ${message.hash}`);
      fresh.set(message.field, `${id} ${message.hash}`);
      lines.push(id, header, message.data);
      sealed.push(id, header, message.hash);
      outcomes.push({ status: 'stored', id });
    }
  }
  if (fresh.size === 0) return { outcomes, announcement: null };
  keep(room, input, { line, countBefore, fresh });
  const seal = createHash('sha1').update(sealed.join('\n')).digest('hex').slice(0, 16);
  return { outcomes, announcement: [`1e ${seal}`, ...lines].join('\n') };
}

function lineOf(room: RoomState): Line {
  const match = room.position === null ? null : POSITION.exec(room.position);
  if (match !== null) return { ms: Number(match[1]), n: Number(match[2]), previous: match[0] };
  return rebuiltLine(room);
}

/** No position: goes on from the last entry that is ours, or begins anew. */
function rebuiltLine(room: RoomState): Line {
  for (const entry of room.stream.slice(-REBUILD_COUNT).toReversed()) {
    const header = entry.header === null ? null : HEADER.exec(entry.header);
    const position = header === null ? null : POSITION.exec(`${entry.id}~${header[1]}`);
    if (position !== null && Number(position[2]) === Number(header?.[2]) + 1)
      return { ms: Number(position[1]), n: Number(position[2]), previous: position[0] };
  }
  return { ms: 0, n: 0, previous: '0-0~' };
}

function recordOf(room: RoomState, field: string): string | undefined {
  const [newer, older] = hashesOf(room);
  return newer.records.get(field) ?? older.records.get(field);
}

const hashesOf = ({ dedupe }: RoomState): readonly [DedupeHash, DedupeHash] =>
  dedupe[1].startedAt > dedupe[0].startedAt ? [dedupe[1], dedupe[0]] : dedupe;

/** A retry about which nothing is known any more. */
const isBeyond = (firstSentAt: number | null, windowFrom: number, knownFrom: number): boolean =>
  firstSentAt !== null && (firstSentAt < windowFrom || firstSentAt < knownFrom);

function judgeRepeat(record: string, hash: string): RawOutcome {
  const [id = '', kept] = record.split(' ');
  return kept === hash ? { status: 'duplicate', id } : { status: 'conflict' };
}

/**
 * The next ID; behind an entry that somebody put there by hand the time moves on past it. Null only for the
 * first entry of a call, before anything is stored: the count has to reach for all that are left.
 */
function nextId(room: RoomState, line: Line, left: number): string | null {
  if (line.n + left >= MAX_PART) return null;
  line.n += 1;
  if (compareRawIds(`${line.ms}-${line.n}`, room.lastId) <= 0) line.ms = Number(room.lastId.split('-')[0]) + 1;
  return line.ms < MAX_PART ? `${line.ms}-${line.n}` : null;
}

interface Stored {
  readonly line: Line;
  readonly countBefore: number;
  readonly fresh: ReadonlyMap<string, string>;
}

function keep(room: RoomState, input: RawAppend, { line, countBefore, fresh }: Stored): void {
  if (room.stream.length > input.maxCount) room.stream.splice(0, room.stream.length - input.maxCount);
  if (input.ageMs !== null) {
    const oldest = `${Math.max(0, input.nowMs - input.ageMs)}-0`;
    while (room.stream[0] !== undefined && compareRawIds(room.stream[0].id, oldest) < 0) room.stream.shift();
  }
  room.streamExpiresAt = input.ageMs === null ? Infinity : input.nowMs + input.ageMs;
  room.position = line.previous;
  room.positionExpiresAt = input.nowMs + input.positionMs;
  const hash = currentHash(room, input, isCounted(countBefore, line.n, input.maxRecords));
  for (const [field, record] of fresh) hash.records.set(field, record);
  hash.expiresAt = input.nowMs + 2 * input.rotateMs;
}

/** A hash that takes many records is counted now and then: Redis is asked for its size. */
function isCounted(before: number, after: number, maxRecords: number): boolean {
  const every = Math.ceil(maxRecords / 1000);
  return Math.floor(after / every) > Math.floor(before / every);
}

/** The hash that takes new records. When it is old or full, the other one is emptied and takes over. */
function currentHash(room: RoomState, input: RawAppend, mayBeFull: boolean): DedupeHash {
  const { nowMs, rotateMs, windowMs, maxRecords } = input;
  const [newer, older] = hashesOf(room);
  const isNew = newer.startedAt === 0;
  const size = newer.records.size + HASH_HEAD + (newer.knownFrom > 0 ? 1 : 0);
  if (!isNew && nowMs - newer.startedAt < rotateMs && !(mayBeFull && size >= maxRecords)) return newer;
  const next = isNew ? newer : older;
  clearHash(next);
  // Later than the other one whatever the clock says, so that the two cannot change places.
  next.startedAt = Math.max(nowMs, newer.startedAt + 1);
  if (isNew) return next;
  const lifeMs = Math.max(0, Math.min(nowMs - newer.startedAt, rotateMs));
  next.knownFrom = newer.startedAt + Math.floor((lifeMs * (rotateMs - windowMs)) / rotateMs);
  return next;
}
