/**
 * One room as the reader sees it, pure: events of the SDK in, rows out. Two lists: what the stream
 * delivered, in its order, and what the outbox still holds, in its order. A message moves from the
 * second to the first when it arrives, matched by message ID, and so is on the page exactly once.
 *
 * Bound: the newest `MAX_ROWS` delivered rows are kept; how many were put aside is counted.
 */
import type { Delivered, Hole, OutboxChange, Pending } from './events.ts';
import { isAfter, numberOf } from './position.ts';
import { textOf } from './text-of.ts';

export const MAX_ROWS = 1000;

/** `forgotten`: it was stored and delivered, and then the server lost it. */
export type Delivery = 'unsent' | 'sending' | 'stored' | 'rejected' | 'unknown' | 'forgotten';

export interface MessageRow {
  readonly kind: 'message';
  /** The same before and after the message is stored, so that the row keeps its element. */
  readonly key: string;
  readonly messageId: string;
  /** Null until it is known to be stored. */
  readonly streamId: string | null;
  readonly n: number | null;
  readonly sender: string | null;
  readonly isOwn: boolean;
  readonly body: string;
  /** Ms since 1970: the stream's time, or the time of writing until that is known. */
  readonly at: number;
  readonly state: Delivery;
  /** Why it was rejected or is unknown. */
  readonly code: string | null;
}

export interface GapRow {
  readonly kind: 'gap';
  readonly key: string;
  readonly reason: Hole['reason'];
  readonly missed: number | null;
}

export type Row = MessageRow | GapRow;

export interface Conversation {
  readonly me: string;
  readonly delivered: readonly Row[];
  readonly pending: readonly MessageRow[];
  /** Messages dropped from the top because of `MAX_ROWS`. */
  readonly putAside: number;
  /** Numbers of the first and the newest message that came; null before the first. */
  readonly firstN: number | null;
  readonly lastN: number | null;
  readonly received: number;
  /** Of these, how many others wrote. */
  readonly fromOthers: number;
  /** Gaps, and how many messages they told of. */
  readonly gaps: number;
  readonly told: number;
}

export type ConversationEvent =
  | { readonly type: 'message'; readonly message: Delivered }
  | { readonly type: 'gap'; readonly gap: Hole }
  | {
      readonly type: 'outbox';
      readonly change: OutboxChange;
      readonly item: Pending;
      readonly at: number;
      /** Message IDs of the whole outbox, in its order. */
      readonly order: readonly string[];
    }
  /** Refused on this device, before the outbox took it. */
  | {
      readonly type: 'refused';
      readonly messageId: string;
      readonly body: string;
      readonly code: string;
      readonly at: number;
    }
  | { readonly type: 'dismissed'; readonly messageId: string };

export const emptyConversation = (me: string): Conversation => ({
  me,
  delivered: [],
  pending: [],
  putAside: 0,
  firstN: null,
  lastN: null,
  received: 0,
  fromOthers: 0,
  gaps: 0,
  told: 0,
});

export function reduceConversation(state: Conversation, event: ConversationEvent): Conversation {
  switch (event.type) {
    case 'message':
      return withMessage(state, event.message);
    case 'gap':
      return withGap(state, event.gap);
    case 'outbox':
      return withOutbox(state, event.change, event.item, event.at, event.order);
    case 'refused':
      return withRefused(state, event);
    case 'dismissed':
      return { ...state, pending: state.pending.filter((row) => row.messageId !== event.messageId) };
  }
}

/** Everything on the page, top to bottom. */
export const rowsOf = (state: Conversation): readonly Row[] =>
  state.pending.length === 0 ? state.delivered : [...state.delivered, ...state.pending];

const ownKey = (messageId: string): string => `own:${messageId}`;

function rowOf(message: Delivered, me: string): MessageRow {
  const isOwn = message.sender === me;
  return {
    kind: 'message',
    key: isOwn ? ownKey(message.messageId) : `${message.id}~${message.messageId}`,
    messageId: message.messageId,
    streamId: message.id,
    n: message.n,
    sender: message.sender,
    isOwn,
    body: textOf(message.event, message.data),
    at: message.at,
    state: 'stored',
    code: null,
  };
}

function withMessage(state: Conversation, message: Delivered): Conversation {
  const row = rowOf(message, state.me);
  // Searched from the end: what comes twice (a room that was entered again) is near it.
  if (state.delivered.findLastIndex((known) => known.key === row.key) >= 0) return state;
  const { before, pending } = takeOut(state.pending, row, message.id);
  return keepNewest({
    ...state,
    delivered: [...state.delivered, ...before, row],
    pending,
    firstN: state.firstN ?? message.n,
    lastN: message.n,
    received: state.received + 1,
    fromOthers: state.fromOthers + (row.isOwn ? 0 : 1),
  });
}

/**
 * Pending rows without the arriving one. A row acknowledged at or before `upTo` whose message did
 * not come was trimmed before this reader got there: it stays where it stood, as stored.
 */
function takeOut(
  pending: readonly MessageRow[],
  arriving: MessageRow | null,
  upTo: string,
): { before: MessageRow[]; pending: readonly MessageRow[] } {
  if (pending.length === 0) return { before: [], pending };
  const rest = pending.filter((row) => row.key !== arriving?.key);
  const isPassed = (row: MessageRow): boolean => row.streamId !== null && !isAfter(row.streamId, upTo);
  return { before: rest.filter(isPassed), pending: rest.filter((row) => !isPassed(row)) };
}

function withGap(state: Conversation, gap: Hole): Conversation {
  const next = gap.next.slice(0, gap.next.indexOf('~'));
  const { before, pending } =
    gap.reason === 'rewritten' ? { before: [], pending: state.pending } : takeOut(state.pending, null, next);
  const row: GapRow = {
    kind: 'gap',
    key: `gap:${gap.reason}:${gap.from}:${gap.next}`,
    reason: gap.reason,
    missed: gap.missed,
  };
  const known = gap.reason === 'rewritten' ? forget(state.delivered, gap) : state.delivered;
  return keepNewest({
    ...state,
    delivered: [...known.filter((other) => other.key !== row.key), ...before, row],
    pending,
    lastN: numberOf(next),
    gaps: state.gaps + 1,
    told: state.told + (gap.missed ?? 0),
  });
}

/** Rows in the range that the server no longer holds stay readable, and say so. */
function forget(rows: readonly Row[], { from, to }: Hole): readonly Row[] {
  return rows.map((row) => {
    if (row.kind !== 'message' || row.streamId === null) return row;
    const isInside = isAfter(row.streamId, from) && (to === null || !isAfter(row.streamId, to));
    return isInside ? { ...row, state: 'forgotten' as const } : row;
  });
}

const STATE_OF: Record<OutboxChange, Delivery> = {
  queued: 'unsent',
  sent: 'sending',
  stored: 'stored',
  rejected: 'rejected',
  unknown: 'unknown',
};

function withOutbox(
  state: Conversation,
  change: OutboxChange,
  item: Pending,
  at: number,
  order: readonly string[],
): Conversation {
  const key = ownKey(item.messageId);
  // The message itself may come before its acknowledgement: then there is nothing left to show.
  if (state.delivered.some((row) => row.key === key)) return state;
  const known = state.pending.find((row) => row.key === key);
  // Signing out empties the outbox: those rows go, nothing was refused.
  if (change === 'rejected' && item.code === 'cleared') {
    return { ...state, pending: state.pending.filter((row) => row.key !== key) };
  }
  const row: MessageRow = {
    kind: 'message',
    key,
    messageId: item.messageId,
    streamId: item.id ?? null,
    n: item.id === undefined ? null : numberOf(item.id),
    sender: state.me,
    isOwn: true,
    body: textOf(item.event, item.data),
    at: known?.at ?? at,
    state: STATE_OF[change],
    code: item.code ?? null,
  };
  const pending =
    known === undefined ? [...state.pending, row] : state.pending.map((other) => (other.key === key ? row : other));
  return { ...state, pending: inOutboxOrder(pending, order) };
}

/** A message that the outbox did take has its row already, and its own events. */
function withRefused(
  state: Conversation,
  { messageId, body, code, at }: Extract<ConversationEvent, { type: 'refused' }>,
): Conversation {
  const key = ownKey(messageId);
  if (rowsOf(state).some((row) => row.key === key)) return state;
  const row: MessageRow = {
    kind: 'message',
    key,
    messageId,
    streamId: null,
    n: null,
    sender: state.me,
    isOwn: true,
    body,
    at,
    state: 'rejected',
    code,
  };
  return { ...state, pending: [...state.pending, row] };
}

/** Rows that the outbox holds take its order among themselves; rows that already have an answer stay where they are. */
function inOutboxOrder(pending: readonly MessageRow[], order: readonly string[]): readonly MessageRow[] {
  const place = new Map(order.map((messageId, index) => [messageId, index]));
  const placeOf = (row: MessageRow): number => place.get(row.messageId) ?? -1;
  const waiting = pending.filter((row) => place.has(row.messageId)).toSorted((a, b) => placeOf(a) - placeOf(b));
  let next = 0;
  return pending.map((row) => (place.has(row.messageId) ? (waiting[next++] ?? row) : row));
}

function keepNewest(state: Conversation): Conversation {
  const surplus = state.delivered.length - MAX_ROWS;
  if (surplus <= 0) return state;
  const dropped = state.delivered.slice(0, surplus).filter((row) => row.kind === 'message').length;
  return { ...state, delivered: state.delivered.slice(surplus), putAside: state.putAside + dropped };
}
