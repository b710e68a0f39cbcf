import { expect, test } from 'vitest';
import {
  afterLoss,
  INITIAL,
  transition,
  type ConnectionPhase,
  type ConnectionSnapshot,
  type SimpleEvent,
} from './connection-state.ts';

const at = (phase: ConnectionPhase, more: Partial<ConnectionSnapshot> = {}): ConnectionSnapshot => ({
  ...INITIAL,
  phase,
  attempt: 7,
  ...more,
});

/** The phase that follows, for every phase and event; `-` stays as it is. */
const TABLE: Record<ConnectionPhase, Record<SimpleEvent, ConnectionPhase | '-'>> = {
  idle: {
    start: 'connecting',
    welcomed: '-',
    stable: '-',
    'retry-due': '-',
    offline: '-',
    woke: '-',
    close: 'closed',
  },
  connecting: {
    start: '-',
    welcomed: 'connected',
    stable: '-',
    'retry-due': '-',
    offline: 'offline',
    woke: '-',
    close: 'closed',
  },
  connected: {
    start: '-',
    welcomed: '-',
    stable: '-',
    'retry-due': '-',
    offline: '-',
    woke: '-',
    close: 'closed',
  },
  waiting: {
    start: 'reconnecting',
    welcomed: '-',
    stable: '-',
    'retry-due': 'reconnecting',
    offline: 'offline',
    woke: 'reconnecting',
    close: 'closed',
  },
  reconnecting: {
    start: '-',
    welcomed: 'connected',
    stable: '-',
    'retry-due': '-',
    offline: 'offline',
    woke: '-',
    close: 'closed',
  },
  offline: {
    start: 'reconnecting',
    welcomed: '-',
    stable: '-',
    'retry-due': 'reconnecting',
    offline: '-',
    woke: 'reconnecting',
    close: 'closed',
  },
  failed: {
    start: 'connecting',
    welcomed: '-',
    stable: '-',
    'retry-due': '-',
    offline: '-',
    woke: '-',
    close: 'closed',
  },
  closed: {
    start: '-',
    welcomed: '-',
    stable: '-',
    'retry-due': '-',
    offline: '-',
    woke: '-',
    close: '-',
  },
};

const phases = Object.keys(TABLE) as ConnectionPhase[];
const events = Object.keys(TABLE.idle) as SimpleEvent[];

test.each(phases.flatMap((phase) => events.map((event) => [phase, event] as const)))('%s on %s', (phase, event) => {
  const before = at(phase);

  const after = transition(before, event);

  const expected = TABLE[phase][event];
  // The welcome keeps the socket; every other step leaves it behind.
  const moved = at(expected === '-' ? phase : expected, { attempt: expected === 'connected' ? 7 : 8 });
  expect(after).toEqual(expected === '-' ? before : moved);
});

test.each(phases.filter((phase) => !['connecting', 'connected', 'reconnecting'].includes(phase)))(
  'a loss means nothing to a connection that is %s',
  (phase) => {
    const before = at(phase);

    expect(afterLoss(before, { retry: 'never', isOffline: false })).toBe(before);
  },
);

test('a connection that is lost waits, and counts its failures', () => {
  const lost = afterLoss(at('connected', { failures: 2 }), { retry: 'backoff', isOffline: false });

  expect(lost).toMatchObject({ phase: 'waiting', failures: 3, attempt: 8 });
});

test('without a network it is offline', () => {
  expect(afterLoss(at('connected'), { retry: 'backoff', isOffline: true }).phase).toBe('offline');
});

test('a verdict of never is final', () => {
  expect(afterLoss(at('reconnecting'), { retry: 'never', isOffline: false }).phase).toBe('failed');
});

test('a refused token is asked for once more, at once, and not twice', () => {
  const again = afterLoss(at('connected'), { retry: 'after-auth', isOffline: false });
  const failed = afterLoss(again, { retry: 'after-auth', isOffline: false });

  expect(again).toMatchObject({ phase: 'reconnecting', isReauthed: true });
  expect(failed.phase).toBe('failed');
});

test('only a stable connection forgets its failures', () => {
  const flapping = at('connected', { failures: 5, isReauthed: true });

  expect(transition(flapping, 'woke')).toMatchObject({ failures: 5, isReauthed: true });
  expect(transition(flapping, 'stable')).toMatchObject({ failures: 0, isReauthed: false });
});

test('a failed client that is started again starts over', () => {
  const failed = at('failed', { failures: 9, isReauthed: true });

  expect(transition(failed, 'start')).toEqual(at('connecting', { attempt: 8 }));
});
