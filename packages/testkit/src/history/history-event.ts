// A history: what publishers and members did and saw, what was done to the system, and what the streams held, on one
// time line. One JSON object a line when written to a file. Whoever runs a system writes it; the checker reads it.
//
// Actors. A *session* is one page life of one client: a reload or a crash ends it, and the next one has a name of its own.
// `producer` names the outbox that outlives sessions, so that what one session left behind can be followed into the next.

/** A stream ID `<ms>-<n>`, and a cursor `<stream ID>~<message ID>`, as on the wire. */
type Id = string;
type CursorText = string;

interface Base {
  /** Position on the time line of the whole run, from 0. Events are in this order. */
  readonly seq: number;
  /** Monotonic ms since the start of the run. */
  readonly atMs: number;
}

interface InSession extends Base {
  readonly session: string;
  readonly room: string;
}

/** The application called publish. Order in a session and room is the order of `seq`. */
export interface PublishInvoked extends InSession {
  readonly kind: 'publish-invoked';
  readonly producer: string;
  readonly messageId: string;
  /** A short digest of event and payload. */
  readonly digest: string;
}

/** The outbox has it for good: it outlives the page from here on. Recorded where the store can tell. */
export interface PublishKept extends InSession {
  readonly kind: 'publish-kept';
  readonly messageId: string;
}

/** The message was acknowledged as stored. */
export interface PublishStored extends InSession {
  readonly kind: 'publish-stored';
  readonly messageId: string;
  readonly id: Id;
  readonly duplicate: boolean;
}

/** A terminal answer that says: certainly not stored by any send. */
export interface PublishRejected extends InSession {
  readonly kind: 'publish-rejected';
  readonly messageId: string;
  readonly code: string;
}

/** A terminal answer that says: cannot be told. */
export interface PublishUnknown extends InSession {
  readonly kind: 'publish-unknown';
  readonly messageId: string;
  readonly code: string;
}

/** A session asked to be a member. `since` is where it starts: `live`, `start`, `last:<k>` or a cursor. */
export interface MemberJoined extends InSession {
  readonly kind: 'member-joined';
  readonly since: string;
}

/** The first cursor that the session stood on, known when its first join was answered. */
export interface MemberPlaced extends InSession {
  readonly kind: 'member-placed';
  readonly cursor: CursorText;
}

/** A message reached the application's handler. */
export interface MessageDelivered extends InSession {
  readonly kind: 'message-delivered';
  readonly id: Id;
  readonly messageId: string;
  readonly digest: string;
  readonly replayed: boolean;
}

/** A gap reached the application's handler. */
export interface GapTold extends InSession {
  readonly kind: 'gap-told';
  readonly from: Id;
  readonly to: Id | null;
  readonly missed: number | null;
  readonly reason: 'trimmed' | 'expired' | 'lost' | 'rewritten' | 'deleted';
  readonly next: CursorText;
}

/** The room's state as the application saw it. */
export interface RoomStateChanged extends InSession {
  readonly kind: 'room-state';
  readonly state: string;
}

/** The connection's state as the application saw it. */
export interface ConnectionStateChanged extends Base {
  readonly kind: 'connection-state';
  readonly session: string;
  readonly state: string;
  readonly instance: string | null;
}

/** A session began; `after` names the session of the same producer or page that it goes on from. */
export interface SessionStarted extends Base {
  readonly kind: 'session-started';
  readonly session: string;
  readonly producer: string;
  readonly user: string | null;
  readonly runtime: 'node' | 'chromium' | 'simulated';
  readonly after: string | null;
}

/** A session's end. After `crashed` nothing was flushed; its last handler calls may not be on record. */
export interface SessionEnded extends Base {
  readonly kind: 'session-ended';
  readonly session: string;
  readonly how: 'closed' | 'reloaded' | 'crashed';
}

/**
 * Something was done to the system. `detail.mayLose: false` says that Redis keeps what it confirmed through this fault,
 * so that an acknowledged message may not be missing after it; without it the fault excuses losses that are told.
 */
export interface FaultStarted extends Base {
  readonly kind: 'fault-started';
  readonly fault: string;
  readonly faultId: number;
  readonly target: string;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** The cause was taken away. `whole` below says when everybody had noticed. */
export interface FaultEnded extends Base {
  readonly kind: 'fault-ended';
  readonly faultId: number;
}

/** Everybody was live again, and up to the head of the room. */
export interface FaultHealed extends Base {
  readonly kind: 'fault-healed';
  readonly faultId: number;
}

/** One entry as the stream holds it. */
export interface StreamEntry {
  readonly id: Id;
  readonly messageId: string;
  /** The cursor of the predecessor, as the entry names it. */
  readonly previous: CursorText;
  readonly digest: string;
  readonly sender: string | null;
  /** Control entries tell of a rewrite and are never delivered as messages. */
  readonly isControl: boolean;
  /** What a control entry tells: the fork and the head that was lost, as cursors. */
  readonly rewrite?: { readonly fork: CursorText; readonly head: CursorText };
}

/**
 * What the stream of a room held at this moment: around every fault that removes or replaces history, and at the end.
 * `final` marks the last one of the run: traffic had stopped and everybody was live.
 */
export interface StreamRead extends Base {
  readonly kind: 'stream-read';
  readonly room: string;
  readonly position: CursorText | null;
  readonly entries: readonly StreamEntry[];
  /** The read began behind this cursor: nothing is said about what is kept before. Without it, `entries` is all there was. */
  readonly after?: CursorText;
  readonly final: boolean;
}

export type HistoryEvent =
  | PublishInvoked
  | PublishKept
  | PublishStored
  | PublishRejected
  | PublishUnknown
  | MemberJoined
  | MemberPlaced
  | MessageDelivered
  | GapTold
  | RoomStateChanged
  | ConnectionStateChanged
  | SessionStarted
  | SessionEnded
  | FaultStarted
  | FaultEnded
  | FaultHealed
  | StreamRead;

/** An event as an actor writes it: the recorder adds its place on the time line. */
export type HistoryFact = HistoryEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'seq' | 'atMs'>
    : never
  : never;
