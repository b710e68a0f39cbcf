import { expect, test } from 'vitest';
import {
  MAX_STRIKES,
  STRIKE_WINDOW_MS,
  transition,
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
} from './connection-state.ts';

type StateName = ConnectionState['name'];
type EventName = ConnectionEvent['type'];

const STATES: Record<StateName, ConnectionState> = {
  'awaiting-hello': { name: 'awaiting-hello' },
  authenticating: { name: 'authenticating' },
  open: { name: 'open', strikes: [] },
  draining: { name: 'draining', strikes: [] },
  closed: { name: 'closed' },
};

const EVENTS: Record<EventName, ConnectionEvent> = {
  hello: { type: 'hello' },
  frame: { type: 'frame' },
  'bad-frame': { type: 'bad-frame', atMs: 5, code: 'bad_frame' },
  'refused-frame': { type: 'refused-frame', code: 'bad_room' },
  authenticated: { type: 'authenticated' },
  'auth-refused': { type: 'auth-refused', code: 'unauthorized' },
  'hello-timed-out': { type: 'hello-timed-out' },
  'token-expired': { type: 'token-expired' },
  silent: { type: 'silent' },
  stalled: { type: 'stalled' },
  overloaded: { type: 'overloaded' },
  fault: { type: 'fault' },
  'drain-started': { type: 'drain-started' },
  'drain-ended': { type: 'drain-ended' },
  'socket-closed': { type: 'socket-closed' },
};

/** `state: effects`; a close and the error before it as `!name(code)`. Null: nothing happens. */
type Expected = string | null;

const ENDS = {
  silent: 'closed: !heartbeat_timeout release',
  stalled: 'closed: !slow_consumer release',
  overloaded: 'closed: !overloaded release',
  fault: 'closed: !internal(internal) release',
  'socket-closed': 'closed: release',
} as const;

const SERVING = {
  frame: 'same: dispatch',
  'bad-frame': 'same: refuse',
  'refused-frame': 'same: refuse',
  hello: 'same: error(hello_repeated)',
  authenticated: null,
  'auth-refused': null,
  'hello-timed-out': null,
  'token-expired': 'closed: !token_expired(token_expired) release',
  'drain-ended': 'closed: !draining release',
  ...ENDS,
} as const;

const TABLE: Record<StateName, Record<EventName, Expected>> = {
  'awaiting-hello': {
    hello: 'authenticating: authenticate',
    frame: 'closed: !bad_request(hello_required) release',
    'bad-frame': 'closed: !bad_request(bad_frame) release',
    'refused-frame': 'closed: !bad_request(bad_room) release',
    authenticated: null,
    'auth-refused': null,
    'hello-timed-out': 'closed: !hello_timeout(hello_timeout) release',
    'token-expired': null,
    'drain-started': 'closed: !draining release',
    'drain-ended': 'closed: !draining release',
    ...ENDS,
  },
  authenticating: {
    hello: null,
    frame: null,
    'bad-frame': null,
    'refused-frame': null,
    authenticated: 'open: welcome',
    'auth-refused': 'closed: !unauthorized(unauthorized) release',
    'hello-timed-out': null,
    'token-expired': null,
    'drain-started': 'closed: !draining release',
    'drain-ended': 'closed: !draining release',
    ...ENDS,
  },
  open: { ...SERVING, 'drain-started': 'draining: notice-draining' },
  draining: { ...SERVING, 'drain-started': null },
  closed: Object.fromEntries(Object.keys(EVENTS).map((name) => [name, null])) as Record<EventName, null>,
};

function describe(effects: readonly ConnectionEffect[]): string {
  return effects
    .map((effect) => {
      if (effect.do === 'send-error') return `error(${effect.code})`;
      return effect.do === 'close' ? `!${effect.close}` : effect.do;
    })
    .join(' ')
    .replaceAll(/error\((\w+)\) !(\w+)/g, '!$2($1)');
}

const cells = (Object.keys(TABLE) as StateName[]).flatMap((state) =>
  (Object.keys(EVENTS) as EventName[]).map((event) => ({ state, event, expected: TABLE[state][event] })),
);

test.each(cells)('[G7.6] $state on $event: $expected', ({ state, event, expected }) => {
  const result = transition(STATES[state], EVENTS[event]);

  const after = result.state.name === state ? 'same' : result.state.name;
  const story = result.effects.length === 0 && after === 'same' ? null : `${after}: ${describe(result.effects)}`;
  expect(story).toBe(expected);
});

test('[G7.6] the third unreadable frame within a minute ends the connection, spread out they do not', () => {
  const strike = (state: ConnectionState, atMs: number) =>
    transition(state, { type: 'bad-frame', atMs, code: 'bad_frame' });

  let quick = strike(STATES.open, 0);
  quick = strike(quick.state, 10);
  quick = strike(quick.state, 20);
  let slow = strike(STATES.open, 0);
  for (let n = 1; n < 10; n++) slow = strike(slow.state, n * (STRIKE_WINDOW_MS / (MAX_STRIKES - 1)));

  expect(quick.state.name).toBe('closed');
  expect(describe(quick.effects)).toBe('refuse !bad_request release');
  expect(slow.state.name).toBe('open');
});

test('[G8.3] why a hello was refused decides the close code', () => {
  const closeOf = (code: 'unauthorized' | 'token_expired' | 'internal') =>
    describe(transition(STATES.authenticating, { type: 'auth-refused', code }).effects);

  expect(closeOf('unauthorized')).toBe('!unauthorized(unauthorized) release');
  expect(closeOf('token_expired')).toBe('!token_expired(token_expired) release');
  expect(closeOf('internal')).toBe('!internal(internal) release');
});
