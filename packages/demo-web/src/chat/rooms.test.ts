import { describe, expect, test } from 'vitest';
import type { ConversationEvent } from './conversation.ts';
import { emptyRooms, MAX_OPEN_ROOMS, reduceRooms, type Rooms, type RoomsEvent } from './rooms.ts';

const T = 1_700_000_000_000;

const arrival = (n: number, sender = 'bob'): ConversationEvent => ({
  type: 'message',
  message: {
    id: `${T + n}-${n}` as never,
    n,
    messageId: `m${n}`,
    sender,
    event: 'text',
    data: { body: 'x' },
    at: T + n,
  },
});
const happens = (room: string, event: ConversationEvent, isVisible = true): RoomsEvent => ({
  type: 'happened',
  room,
  event,
  isVisible,
});
const live = (room: string): RoomsEvent => ({ type: 'status', room, status: 'live' });
const joining = (room: string): RoomsEvent => ({ type: 'status', room, status: 'joining' });
const start = (marks: Record<string, number> = {}): Rooms =>
  emptyRooms('alice', ['a', 'b'], 'a', (room) => marks[room] ?? null);
const run = (state: Rooms, ...events: RoomsEvent[]): Rooms => events.reduce(reduceRooms, state);

describe('unread', () => {
  test('counts what others write in a room that is not on the page, until it is entered', () => {
    const behind = run(start(), live('b'), happens('b', arrival(1)), happens('b', arrival(2, 'alice')));

    expect(behind.byName['b']?.unread).toBe(1);
    expect(run(behind, { type: 'entered', room: 'b' }).byName['b']).toMatchObject({
      unread: 0,
      readUpTo: 2,
      newAfter: 0,
    });
  });

  test('takes the history of a first visit as read', () => {
    const state = run(
      start(),
      happens('b', arrival(40)),
      happens('b', arrival(41)),
      live('b'),
      happens('b', arrival(42)),
    );

    expect(state.byName['b']).toMatchObject({ unread: 1, readUpTo: 41 });
  });

  test('counts history beyond what an earlier visit had read', () => {
    const state = run(start({ b: 40 }), happens('b', arrival(40)), happens('b', arrival(41)), live('b'));

    expect(state.byName['b']).toMatchObject({ unread: 1, readUpTo: 40 });
  });

  test('counts what comes while the page is hidden, until it is looked at', () => {
    const hidden = run(start(), live('a'), happens('a', arrival(1), false));

    expect(hidden.byName['a']?.unread).toBe(1);
    expect(run(hidden, { type: 'looked' }).byName['a']?.unread).toBe(0);
  });

  test('goes on after a rewritten history has put the numbers back', () => {
    const rewritten: ConversationEvent = {
      type: 'gap',
      gap: {
        reason: 'rewritten',
        from: `${T}-5` as never,
        to: `${T}-9` as never,
        missed: 4,
        next: `${T}-5~x` as never,
      },
    };
    const state = run(start({ b: 9 }), live('b'), happens('b', rewritten), happens('b', arrival(6)));

    expect(state.byName['b']?.unread).toBe(1);
  });
});

describe('the list of rooms', () => {
  test('opens a room once, and keeps its rows when it is closed and opened again', () => {
    const open: RoomsEvent = { type: 'opened', room: 'c', readUpTo: null };
    const closed = run(start(), open, open, happens('c', arrival(1)), { type: 'closed', room: 'c' });

    expect(closed.order).toEqual(['a', 'b']);
    expect(run(closed, open).byName['c']?.conversation.delivered).toHaveLength(1);
  });

  test('never lets go of the last room, and goes to another when the one on the page is closed', () => {
    const state = run(start(), { type: 'closed', room: 'a' });

    expect(state).toMatchObject({ active: 'b', order: ['b'] });
    expect(run(state, { type: 'closed', room: 'b' }).order).toEqual(['b']);
  });

  test('is bounded, and holds the room that was asked for', () => {
    const many = Array.from({ length: 50 }, (_, index) => `room-${index}`);
    const state = emptyRooms('alice', many, 'wanted', () => null);
    const full = run(state, { type: 'opened', room: 'one-more', readUpTo: null });

    expect(state.order).toHaveLength(MAX_OPEN_ROOMS);
    expect(state.order).toContain('wanted');
    expect(full.order).toHaveLength(MAX_OPEN_ROOMS);
    expect(run(full, { type: 'entered', room: 'one-more' }).active).toBe('wanted');
  });

  test('begins the new part of the first room where an earlier visit stopped', () => {
    expect(start({ a: 12 }).byName['a']?.newAfter).toBe(12);
  });
});

describe('after an interruption', () => {
  const up: RoomsEvent = { type: 'connection', isConnected: true };
  const down: RoomsEvent = { type: 'connection', isConnected: false };
  const connected = run(start(), up, live('a'), live('b'), happens('a', arrival(1)));

  test('what others wrote meanwhile is told once every room is up to date', () => {
    const back = run(connected, down, joining('a'), joining('b'), up, happens('a', arrival(2)), live('a'));

    expect(back.caughtUp).toBeNull();
    expect(run(back, happens('b', arrival(1)), live('b')).caughtUp).toEqual({ arrived: 2, gaps: 0 });
  });

  test('a gap is part of it', () => {
    const gap: ConversationEvent = {
      type: 'gap',
      gap: { reason: 'trimmed', from: `${T}-1` as never, to: `${T}-4` as never, missed: 3, next: `${T}-4~x` as never },
    };
    const back = run(connected, down, joining('a'), up, happens('a', gap), live('a'));

    expect(back.caughtUp).toEqual({ arrived: 0, gaps: 1 });
    expect(run(back, { type: 'caught-up-seen' }).caughtUp).toBeNull();
  });

  test('the first connection is none', () => {
    expect(connected.caughtUp).toBeNull();
  });
});
