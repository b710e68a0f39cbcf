// A whole history in memory, in a form that a million messages fit into: entries and messages once, what a member saw as
// references to them. Events that come in such numbers are not kept; they are made again where a counter-example needs them.

import type {
  FaultEnded,
  FaultHealed,
  FaultStarted,
  GapTold,
  HistoryEvent,
  MemberPlaced,
  MessageDelivered,
  PublishInvoked,
  PublishRejected,
  PublishStored,
  PublishUnknown,
  RoomStateChanged,
  SessionEnded,
  SessionStarted,
  StreamRead,
} from './history-event.ts';
import { type Chain, type ChainNode } from './chain.ts';

export interface Ack {
  readonly seq: number;
  readonly atMs: number;
  readonly session: SessionRecord;
  readonly node: ChainNode;
  readonly duplicate: boolean;
}

export interface Invocation {
  readonly seq: number;
  readonly atMs: number;
  readonly session: SessionRecord;
  readonly producer: string;
  readonly digest: string;
}

/** A message ID in a room, and all that became of it. */
export interface MessageRecord {
  readonly messageId: string;
  readonly room: RoomRecord;
  invoked: Invocation | null;
  /** Further calls with the same message ID. */
  invokedAgain: Invocation[] | null;
  ack: Ack | null;
  moreAcks: Ack[] | null;
  refusals: (PublishRejected | PublishUnknown)[] | null;
  keptAtMs: number | null;
  /** Places in the stream, over all histories. */
  nodes: ChainNode[];
  /** Delivered to the very session that it was acknowledged to. */
  isSeenBySender: boolean;
  /** The walk that saw it delivered last, where, and at which place. */
  walk: number;
  seen: ChainNode | null;
  place: number;
}

export type TrackEvent = MemberPlaced | GapTold | RoomStateChanged | Extract<HistoryEvent, { kind: 'member-joined' }>;

/** What one session saw in one room, in order. */
export interface Track {
  readonly session: SessionRecord;
  readonly room: RoomRecord;
  /** The entry that was delivered; null where `events` has something else. */
  readonly nodes: (ChainNode | null)[];
  /** Twice the place on the time line, plus one for a replayed message. */
  readonly marks: number[];
  readonly atMs: number[];
  readonly events: Map<number, TrackEvent>;
  /** Own publishes in the order of the calls. */
  readonly published: MessageRecord[];
}

export interface SessionRecord {
  readonly name: string;
  started: SessionStarted | null;
  ended: SessionEnded | null;
  readonly tracks: Map<RoomRecord, Track>;
  /** Places on the time line at which the connection was not there. */
  readonly interruptions: number[];
}

export interface ReadRecord {
  readonly seq: number;
  /** Without its entries. */
  readonly event: StreamRead;
  /** Of a read of the whole stream: the oldest kept entry, null when there was none. Undefined of a partial one. */
  readonly first: ChainNode | null | undefined;
  readonly last: ChainNode | null;
  readonly position: ChainNode | null;
  /** Places where neighbours do not chain, or the position is ahead of the last entry: entries were removed by hand. */
  readonly holes: readonly { readonly after: ChainNode | null; readonly until: ChainNode }[];
}

export interface RoomRecord {
  readonly name: string;
  readonly chain: Chain;
  readonly reads: ReadRecord[];
  readonly messages: Map<string, MessageRecord>;
  /** Every gap that anybody was told. */
  readonly gaps: GapTold[];
  /** Gaps `rewritten` or `lost` that anybody was told. */
  readonly rewrites: GapTold[];
  /** Deliveries that did not hold what was published, with both texts. */
  readonly altered: MessageDelivered[];
  finalRead: ReadRecord | null;
  /** The oldest entry from which the final history is known without a break; null without a final read. */
  finalStart: ChainNode | null;
}

export interface FaultRecord {
  readonly started: FaultStarted;
  ended: FaultEnded | null;
  healed: FaultHealed | null;
}

export interface HistoryModel {
  readonly sessions: Map<string, SessionRecord>;
  readonly rooms: Map<string, RoomRecord>;
  readonly faults: Map<number, FaultRecord>;
  events: number;
}

export const seqOf = (track: Track, index: number): number => Math.floor(track.marks[index]! / 2);
export const isReplayed = (track: Track, index: number): boolean => track.marks[index]! % 2 === 1;

/** The event at this place of a track, made again from its parts if it was a delivery. */
export function eventAt(track: Track, index: number): HistoryEvent {
  const node = track.nodes[index] ?? null;
  if (node === null) return track.events.get(index)!;
  return {
    kind: 'message-delivered',
    seq: seqOf(track, index),
    atMs: track.atMs[index]!,
    session: track.session.name,
    room: track.room.name,
    id: node.id,
    messageId: node.messageId,
    digest: node.digest ?? '',
    replayed: isReplayed(track, index),
  };
}

export const invokedEvent = (message: MessageRecord, invoked: Invocation): PublishInvoked => ({
  kind: 'publish-invoked',
  seq: invoked.seq,
  atMs: invoked.atMs,
  session: invoked.session.name,
  room: message.room.name,
  producer: invoked.producer,
  messageId: message.messageId,
  digest: invoked.digest,
});

export const ackEvent = (message: MessageRecord, ack: Ack): PublishStored => ({
  kind: 'publish-stored',
  seq: ack.seq,
  atMs: ack.atMs,
  session: ack.session.name,
  room: message.room.name,
  messageId: message.messageId,
  id: ack.node.id,
  duplicate: ack.duplicate,
});

/** The read cut down to the entries that matter. */
export const readEvent = (read: ReadRecord, nodes: readonly ChainNode[]): StreamRead => ({
  ...read.event,
  entries: nodes.map((node) => ({
    id: node.id,
    messageId: node.messageId,
    previous: node.previous === null ? '?' : `${node.previous.id}~${node.previous.messageId}`,
    digest: node.digest ?? '',
    sender: node.sender,
    isControl: node.isControl,
  })),
});

/** Index of the first read behind this place on the time line. */
export function firstReadAfter(room: RoomRecord, seq: number): number {
  let [low, high] = [0, room.reads.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (room.reads[middle]!.seq > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}
