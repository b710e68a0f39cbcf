import { expect, test } from 'vitest';
import { LEFT, transition, type RoomEvent, type RoomPhase, type RoomSnapshot } from './room-state.ts';

const at = (phase: RoomPhase, more: Partial<RoomSnapshot> = {}): RoomSnapshot => ({ ...LEFT, phase, ref: 4, ...more });

const EVENTS = {
  join: { type: 'join' },
  leave: { type: 'leave' },
  disconnected: { type: 'disconnected' },
  joined: { type: 'joined', ref: 4 },
  'joined of an older join': { type: 'joined', ref: 3 },
  live: { type: 'live' },
  'refused for good': { type: 'refused', retry: 'never', ref: 4 },
  'refused for now': { type: 'refused', retry: 'backoff', ref: 4 },
  'refused, an older join': { type: 'refused', retry: 'never', ref: 3 },
  removed: { type: 'refused', retry: 'never', ref: undefined },
  'removed for now': { type: 'refused', retry: 'backoff', ref: undefined },
  hole: { type: 'hole' },
  degraded: { type: 'degraded' },
  restored: { type: 'restored' },
  retry: { type: 'retry' },
  draining: { type: 'draining' },
} as const satisfies Record<string, RoomEvent>;
type EventName = keyof typeof EVENTS;

const NOTHING: Record<EventName, RoomPhase | '-'> = {
  join: '-',
  leave: '-',
  disconnected: '-',
  joined: '-',
  'joined of an older join': '-',
  live: '-',
  'refused for good': '-',
  'refused for now': '-',
  'refused, an older join': '-',
  removed: '-',
  'removed for now': '-',
  hole: '-',
  degraded: '-',
  restored: '-',
  retry: '-',
  draining: '-',
};
const MEMBER = {
  ...NOTHING,
  leave: 'left',
  disconnected: 'joining',
  live: 'live',
  removed: 'denied',
  'removed for now': 'refused',
  hole: 'joining',
} as const;

/** The phase that follows, for every phase and event; `-` stays as it is. */
const TABLE: Record<RoomPhase, Record<EventName, RoomPhase | '-'>> = {
  left: { ...NOTHING, join: 'joining' },
  denied: { ...NOTHING, join: 'joining', leave: 'left' },
  joining: {
    ...NOTHING,
    leave: 'left',
    disconnected: 'joining',
    joined: 'catching-up',
    'refused for good': 'denied',
    'refused for now': 'refused',
    removed: 'denied',
    'removed for now': 'refused',
  },
  refused: {
    ...NOTHING,
    join: 'joining',
    leave: 'left',
    disconnected: 'joining',
    removed: 'denied',
    'removed for now': 'refused',
    retry: 'joining',
  },
  'catching-up': MEMBER,
  live: { ...MEMBER, degraded: 'degraded' },
  degraded: { ...MEMBER, restored: 'live' },
};

const phases = Object.keys(TABLE) as RoomPhase[];
const names = Object.keys(EVENTS) as EventName[];

test.each(phases.flatMap((phase) => names.map((name) => [phase, name] as const)))('%s on %s', (phase, name) => {
  const before = at(phase);

  const after = transition(before, EVENTS[name]);

  const expected = TABLE[phase][name];
  expect(after.phase).toBe(expected === '-' ? phase : expected);
  // Each new join has a number of its own, so that the answers to the older ones mean nothing.
  expect(after.ref).toBe(expected === 'joining' ? 5 : 4);
});

test('the first hole is asked about at once, the next in a row after a pause', () => {
  const first = transition(at('live'), { type: 'hole' });
  const second = transition({ ...first, phase: 'catching-up' }, { type: 'hole' });

  expect(first).toMatchObject({ phase: 'joining', failures: 1 });
  expect(second).toMatchObject({ phase: 'refused', failures: 2 });
});

test('being live ends a row of failures', () => {
  expect(transition(at('catching-up', { failures: 6 }), { type: 'live' }).failures).toBe(0);
});
