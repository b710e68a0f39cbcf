/**
 * beside Hop 5/8 – what reading needs of a store: the few raw reads that Redis and the embedded engine both answer.
 * Everything that is judged about them is in log-reader.ts, once for both.
 */
import type { RoomId, StreamId } from '@holdline/protocol';
import type { RawEntry } from './entry-codec.ts';

export interface RawPage {
  /** The text of the position key; null when it is not there. */
  readonly position: string | null;
  /** Entries after the ID asked for, in stream order. */
  readonly after: readonly RawEntry[];
  /** The last entries of the stream, newest first: as many as were asked for. */
  readonly last: readonly RawEntry[];
  /** There is more behind `after`, though it holds fewer than were asked for: they are large. */
  readonly isCut: boolean;
}

/** Every method rejects with `LogError`. Entries come as they stand in the stream, whoever wrote them. */
export interface LogSource {
  /** Position, entries after `id`, and the last entries, in one atomic step. */
  read(room: RoomId, id: string, count: number, lastCount: number): Promise<RawPage>;
  /** Whether any entry at or before `id` is kept, and the highest ID ever removed by hand (null: not known). */
  inspectHole(room: RoomId, id: StreamId): Promise<{ isStartKept: boolean; highestDeleted: string | null }>;
  /** For each ID the entry that stands there. */
  entriesAt(room: RoomId, ids: readonly StreamId[]): Promise<readonly (RawEntry | null)[]>;
  positions(rooms: readonly RoomId[]): Promise<readonly (string | null)[]>;
  /** For each room whether it has a stream, were it an empty one. */
  haveStreams(rooms: readonly RoomId[]): Promise<readonly boolean[]>;
  /** The newer of the dedupe records under this field, `<stream ID> <content hash>`. */
  findRecord(room: RoomId, field: string): Promise<string | null>;
  /** The clock of the store in ms since 1970. */
  now(): number;
}

/** Told by an engine of what should not be there or did not work; a server counts and logs it. Never user content. */
export type EngineEvent =
  /** Entries that Holdline did not write, seen (and skipped) in a read. */
  | { readonly name: 'foreign-entries'; readonly room: RoomId; readonly count: number }
  | { readonly name: 'malformed-announcement'; readonly room: RoomId }
  | { readonly name: 'foreign-announcement'; readonly room: RoomId }
  /** A reply of Redis that has not the shape of its command. */
  | { readonly name: 'bad-reply'; readonly command: string }
  | { readonly name: 'connection-error'; readonly connection: 'command' | 'subscriber'; readonly message: string }
  /** The subscriber was open but heard nothing; both connections are replaced. */
  | { readonly name: 'canary-overdue' }
  /** A subscription could not be renewed; it is tried again every second. */
  | { readonly name: 'resubscribe-failed'; readonly room: RoomId }
  /** A fault of ours while an announcement was handled. */
  | { readonly name: 'handler-failed'; readonly message: string };

export type EngineObserver = (event: EngineEvent) => void;
