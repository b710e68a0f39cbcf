import { expect, test } from 'vitest';
import type { Cursor, StreamId } from '@holdline/protocol';
import type { Gap } from '../log/message-log.ts';
import { Membership, type MembershipPhase } from './membership.ts';
import type { Rewrite } from './room-item.ts';
import { LOBBY, MemoryMember } from './room.kit.ts';

const cursor = (n: number): Cursor => `${1000 + n}-${n}~m${n}` as Cursor;
const id = (n: number): StreamId => `${1000 + n}-${n}` as StreamId;
const control = (fork: number, head: number, at: number) =>
  ({
    kind: 'rewrite',
    rewrite: { fork: cursor(fork), head: cursor(head) } satisfies Rewrite,
    end: cursor(at),
  }) as const;

function memberTold(gap: Gap): { member: MemoryMember; membership: Membership } {
  const member = new MemoryMember('alice');
  const membership = new Membership(LOBBY, member, { sent: cursor(50), recent: [], mayReadHistory: true });
  membership.take({ kind: 'gap', gap, end: gap.next });
  return { member, membership };
}

const rewritten = (fork: number, head: number): Gap => ({
  from: id(fork),
  to: id(head),
  missed: head - fork,
  reason: 'rewritten',
  next: cursor(fork),
});

test.each([
  ['the same', 40, 50],
  ['an instance that was behind it', 38, 45],
  ['an instance that was ahead of it', 41, 60],
])('[G4.8] a control entry is skipped by a member that was told of that rewrite: %s', (_, fork, head) => {
  const { member, membership } = memberTold(rewritten(40, 50));

  membership.take(control(fork, head, 70));

  expect(member.story).toEqual(['gap', 'skip']);
  expect(membership.sent).toBe(cursor(70));
});

test('[G4.7] a member that lost everything is not told again by the control entry of that rewrite', () => {
  const { member, membership } = memberTold({
    from: id(50),
    to: null,
    missed: null,
    reason: 'lost',
    next: '0-0~' as Cursor,
  });

  membership.take(control(40, 60, 70));

  expect(member.story).toEqual(['gap', 'skip']);
});

test('[G4.8] without history: told up to the position, it is not told again by the entry of an instance that lost another head', () => {
  const { member, membership } = memberTold({
    from: id(40),
    to: id(70),
    missed: null,
    reason: 'rewritten',
    next: cursor(70),
  });

  membership.take(control(41, 60, 71));

  expect(member.story).toEqual(['gap', 'skip']);
});

test('[G4.8] two control entries of one rewrite are one gap to a member that was away', () => {
  const member = new MemoryMember('alice');
  const membership = new Membership(LOBBY, member, { sent: cursor(30), recent: [], mayReadHistory: true });

  membership.take(control(40, 50, 70));
  membership.take(control(38, 52, 71));

  expect(member.story).toEqual(['gap', 'skip']);
});

test('[G4.8] a later rewrite is another gap', () => {
  const { member, membership } = memberTold(rewritten(40, 50));

  membership.take(control(80, 90, 95));

  expect(member.story).toEqual(['gap', 'gap']);
  expect(member.of('gap')[1]).toMatchObject({
    from: id(80),
    to: id(90),
    missed: 10,
    reason: 'rewritten',
    next: cursor(95),
  });
});

type MembershipEvent = 'step taken' | 'step while full' | 'position reached' | 'socket full' | 'left';

/** The phase after the event, and what the member was sent with it. */
const TABLE: Record<MembershipPhase, Record<MembershipEvent, readonly [MembershipPhase, ...string[]]>> = {
  'catching-up': {
    'step taken': ['catching-up', 'skip'],
    'step while full': ['catching-up'],
    'position reached': ['live', 'live'],
    'socket full': ['catching-up'],
    left: ['left'],
  },
  live: {
    'step taken': ['live', 'skip'],
    'step while full': ['live'],
    'position reached': ['live'],
    'socket full': ['catching-up'],
    left: ['left'],
  },
  left: {
    'step taken': ['left'],
    'step while full': ['left'],
    'position reached': ['left'],
    'socket full': ['left'],
    left: ['left'],
  },
};

const step = { kind: 'skip', end: cursor(51) } as const;
const EVENTS: Record<MembershipEvent, (membership: Membership, member: MemoryMember) => void> = {
  'step taken': (membership) => void membership.take(step),
  'step while full'(membership, member) {
    member.capacity = 0;
    membership.take(step);
  },
  'position reached': (membership) => membership.turnLive(cursor(52)),
  'socket full': (membership) => membership.fallBehind([cursor(49)]),
  left: (membership) => membership.leave(),
};

function membershipIn(phase: MembershipPhase): { membership: Membership; member: MemoryMember } {
  const member = new MemoryMember('alice');
  const membership = new Membership(LOBBY, member, { sent: cursor(50), recent: [], mayReadHistory: true });
  if (phase !== 'catching-up') membership.turnLive(cursor(50));
  if (phase === 'left') membership.leave();
  member.frames.length = 0;
  return { membership, member };
}

const cells = (Object.keys(TABLE) as MembershipPhase[]).flatMap((phase) =>
  (Object.keys(EVENTS) as MembershipEvent[]).map((event) => ({ phase, event, expected: TABLE[phase][event] })),
);

test.each(cells)('[G1.3] a membership that is $phase, $event: $expected', ({ phase, event, expected }) => {
  const { membership, member } = membershipIn(phase);

  EVENTS[event](membership, member);

  expect([membership.phase, ...member.story]).toEqual(expected);
});
