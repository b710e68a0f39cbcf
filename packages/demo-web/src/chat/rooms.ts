/**
 * All open rooms, pure: which one is on the page, what is unread in the others, and how far each was
 * read. A room that is left open goes on receiving, so entering it again shows it at once.
 */
import { emptyConversation, reduceConversation, type Conversation, type ConversationEvent } from './conversation.ts';
import type { RoomStatus } from './events.ts';

export const MAX_OPEN_ROOMS = 20;

export interface RoomView {
  readonly conversation: Conversation;
  readonly status: RoomStatus;
  readonly unread: number;
  /** Number of the newest message that was read; null on a first visit, until the room is live. */
  readonly readUpTo: number | null;
  /** The line "new" stands after this number; null for no line. */
  readonly newAfter: number | null;
}

export interface Rooms {
  readonly me: string;
  readonly active: string;
  readonly order: readonly string[];
  readonly byName: Readonly<Record<string, RoomView>>;
  readonly isConnected: boolean;
  /** What all rooms had received when the line was lost; null while nothing was lost, or all is up to date again. */
  readonly atLoss: CaughtUp | null;
  /** What came with the way back, until it has been seen. */
  readonly caughtUp: CaughtUp | null;
}

/** Messages of others, and places where history is gone. */
export interface CaughtUp {
  readonly arrived: number;
  readonly gaps: number;
}

export type RoomsEvent =
  | { readonly type: 'opened'; readonly room: string; readonly readUpTo: number | null }
  /** Off the list. Its rows stay, because the client goes on after them if it is opened again. */
  | { readonly type: 'closed'; readonly room: string }
  | { readonly type: 'entered'; readonly room: string }
  | { readonly type: 'connection'; readonly isConnected: boolean }
  | { readonly type: 'caught-up-seen' }
  /** The page came to the front with this room on it. */
  | { readonly type: 'looked' }
  | { readonly type: 'status'; readonly room: string; readonly status: RoomStatus }
  | {
      readonly type: 'happened';
      readonly room: string;
      readonly event: ConversationEvent;
      /** Whether the page is in front: what happens behind it stays unread. */
      readonly isVisible: boolean;
    };

const emptyRoom = (me: string, readUpTo: number | null): RoomView => ({
  conversation: emptyConversation(me),
  status: 'joining',
  unread: 0,
  readUpTo,
  newAfter: null,
});

/** `readUpTo` answers what an earlier visit had read of a room, or null. */
export function emptyRooms(
  me: string,
  open: readonly string[],
  active: string,
  readUpTo: (room: string) => number | null,
): Rooms {
  const others = [...new Set(open)].filter((room) => room !== active).slice(0, MAX_OPEN_ROOMS - 1);
  const order = open.includes(active)
    ? [...new Set(open)].filter((r) => r === active || others.includes(r))
    : [...others, active];
  const views = order.map((room) => [room, emptyRoom(me, readUpTo(room))] as const);
  const byName = Object.fromEntries(views);
  const state = { me, active, order, byName, isConnected: false, atLoss: null, caughtUp: null };
  return patch(state, active, (view) => ({ ...view, newAfter: view.readUpTo }));
}

export function reduceRooms(state: Rooms, event: RoomsEvent): Rooms {
  switch (event.type) {
    case 'opened':
      return opened(state, event.room, event.readUpTo);
    case 'closed':
      return closed(state, event.room);
    case 'entered':
      return entered(state, event.room);
    case 'looked':
      return patch(state, state.active, read);
    case 'status':
      return settled(patch(state, event.room, (view) => withStatus(view, event.status)));
    case 'connection':
      return connection(state, event.isConnected);
    case 'caught-up-seen':
      return { ...state, caughtUp: null };
    case 'happened':
      return patch(state, event.room, (view) =>
        happened(view, event.event, event.isVisible && event.room === state.active),
      );
  }
}

function patch(state: Rooms, room: string, change: (view: RoomView) => RoomView): Rooms {
  const view = state.byName[room];
  if (view === undefined) return state;
  const changed = change(view);
  return changed === view ? state : { ...state, byName: { ...state.byName, [room]: changed } };
}

function opened(state: Rooms, room: string, readUpTo: number | null): Rooms {
  if (state.order.includes(room) || state.order.length >= MAX_OPEN_ROOMS) return state;
  const view = state.byName[room] ?? emptyRoom(state.me, readUpTo);
  return { ...state, order: [...state.order, room], byName: { ...state.byName, [room]: view } };
}

function closed(state: Rooms, room: string): Rooms {
  // The page always stands in a room.
  if (!state.order.includes(room) || state.order.length === 1) return state;
  const rest = { ...state, order: state.order.filter((other) => other !== room) };
  return state.active === room ? entered(rest, rest.order[0] ?? state.active) : rest;
}

function entered(state: Rooms, room: string): Rooms {
  if (!state.order.includes(room)) return state;
  const left = patch(state, state.active, (view) => ({ ...view, newAfter: null }));
  const there = { ...left, active: room };
  return patch(there, room, (view) => read({ ...view, newAfter: view.unread > 0 ? view.readUpTo : null }));
}

/** What a room held before the first visit is history, not news: it counts as read once the room is live. */
function withStatus(view: RoomView, status: RoomStatus): RoomView {
  const readUpTo = status === 'live' ? (view.readUpTo ?? view.conversation.lastN ?? 0) : view.readUpTo;
  return { ...view, status, readUpTo };
}

/** Everything that came so far counts as read. */
function read(view: RoomView): RoomView {
  const readUpTo = view.conversation.lastN ?? view.readUpTo;
  return view.unread === 0 && readUpTo === view.readUpTo ? view : { ...view, unread: 0, readUpTo };
}

function happened(view: RoomView, event: ConversationEvent, isWatched: boolean): RoomView {
  const conversation = reduceConversation(view.conversation, event);
  if (conversation === view.conversation) return view;
  const changed = { ...view, conversation };
  if (isWatched) return read(changed);
  if (event.type === 'gap') return { ...changed, readUpTo: lower(view.readUpTo, conversation.lastN) };
  if (event.type !== 'message' || event.message.sender === conversation.me) return changed;
  const isNews = view.readUpTo !== null && event.message.n > view.readUpTo;
  return isNews ? { ...changed, unread: view.unread + 1 } : changed;
}

/** After a rewrite the numbers start again further down, and so must the mark. */
const lower = (mark: number | null, lastN: number | null): number | null =>
  mark === null || lastN === null ? mark : Math.min(mark, lastN);

function connection(state: Rooms, isConnected: boolean): Rooms {
  if (isConnected === state.isConnected) return state;
  if (isConnected) return settled({ ...state, isConnected });
  return { ...state, isConnected, atLoss: state.atLoss ?? totals(state), caughtUp: null };
}

/** Once every room is up to date again, what came is known. */
function settled(state: Rooms): Rooms {
  if (!state.isConnected || state.atLoss === null) return state;
  const isArriving = state.order.some((room) => {
    const status = state.byName[room]?.status;
    return status === 'joining' || status === 'catching-up';
  });
  if (isArriving) return state;
  const { arrived, gaps } = totals(state);
  const caughtUp = { arrived: arrived - state.atLoss.arrived, gaps: gaps - state.atLoss.gaps };
  return { ...state, atLoss: null, caughtUp };
}

const totals = ({ byName }: Rooms): CaughtUp => ({
  arrived: Object.values(byName).reduce((sum, { conversation }) => sum + conversation.fromOthers, 0),
  gaps: Object.values(byName).reduce((sum, { conversation }) => sum + conversation.gaps, 0),
});
