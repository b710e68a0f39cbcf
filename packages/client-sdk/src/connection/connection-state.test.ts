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
    welcome: '-',
    stable: '-',
    retry: '-',
    offline: '-',
    close: 'closed',
  },
  connecting: {
    start: '-',
    welcome: 'connected',
    stable: '-',
    retry: '-',
    offline: 'offline',
    close: 'closed',
  },
  connected: {
    start: '-',
    welcome: '-',
    stable: '-',
    retry: '-',
    offline: '-',
    close: 'closed',
  },
  waiting: {
    start: 'reconnecting',
    welcome: '-',
    stable: '-',
    retry: 'reconnecting',
    offline: 'offline',
    close: 'closed',
  },
  reconnecting: {
    start: '-',
    welcome: 'connected',
    stable: '-',
    retry: '-',
    offline: 'offline',
    close: 'closed',
  },
  offline: {
    start: 'reconnecting',
    welcome: '-',
    stable: '-',
    retry: 'reconnecting',
    offline: '-',
    close: 'closed',
  },
  failed: {
    start: 'connecting',
    welcome: '-',
    stable: '-',
    retry: '-',
    offline: '-',
    close: 'closed',
  },
  closed: {
    start: '-',
    welcome: '-',
    stable: '-',
    retry: '-',
    offline: '-',
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

/**
 * After a loss: the verdict decides, for every phase that has a socket; the others have nothing to lose. The third is what follows while
 * no token was refused since the connection was last stable, the fourth where one was, in a connection that the server had welcomed.
 */
const LOST: Record<string, readonly ['never' | 'after-auth' | 'backoff', boolean, ConnectionPhase, ConnectionPhase]> = {
  'for good': ['never', false, 'failed', 'failed'],
  'for good, without a network': ['never', true, 'failed', 'failed'],
  'for its token': ['after-auth', false, 'reconnecting', 'waiting'],
  'for its token, without a network': ['after-auth', true, 'reconnecting', 'offline'],
  'for now': ['backoff', false, 'waiting', 'waiting'],
  'for now, without a network': ['backoff', true, 'offline', 'offline'],
};
const HAS_SOCKET: Record<ConnectionPhase, boolean> = {
  idle: false,
  connecting: true,
  connected: true,
  waiting: false,
  reconnecting: true,
  offline: false,
  failed: false,
  closed: false,
};

const losses = phases.flatMap((phase) => Object.keys(LOST).map((loss) => [phase, loss] as const));

test.each(losses)('%s, lost %s', (phase, loss) => {
  const [retry, isOffline, expected] = LOST[loss]!;
  const before = at(phase);

  const after = afterLoss(before, retry, isOffline);

  expect(after.phase).toBe(HAS_SOCKET[phase] ? expected : phase);
  expect(after.attempt).toBe(HAS_SOCKET[phase] ? 8 : 7);
  expect(after.failures).toBe(HAS_SOCKET[phase] && retry === 'backoff' ? 1 : 0);
});

test.each(losses)('%s, after a token was asked for again, lost %s', (phase, loss) => {
  const [retry, isOffline, , welcomed] = LOST[loss]!;
  const before = at(phase, { isReauthed: true });

  const after = afterLoss(before, retry, isOffline);

  // A second token that is refused is final, but not one that had let the client in.
  const expected = retry === 'after-auth' && phase !== 'connected' ? 'failed' : welcomed;
  expect(after.phase).toBe(HAS_SOCKET[phase] ? expected : phase);
  expect(after.attempt).toBe(HAS_SOCKET[phase] ? 8 : 7);
  expect(after.failures).toBe(HAS_SOCKET[phase] && expected !== 'failed' ? 1 : 0);
  expect(after.isReauthed).toBe(true);
});

test('a connection that is lost waits, and counts its failures', () => {
  const lost = afterLoss(at('connected', { failures: 2 }), 'backoff', false);

  expect(lost).toMatchObject({ phase: 'waiting', failures: 3, attempt: 8 });
});

test('without a network it is offline', () => {
  expect(afterLoss(at('connected'), 'backoff', true).phase).toBe('offline');
});

test('a verdict of never is final', () => {
  expect(afterLoss(at('reconnecting'), 'never', false).phase).toBe('failed');
});

test('a refused token is asked for once more, at once, and not twice', () => {
  const again = afterLoss(at('connected'), 'after-auth', false);
  const failed = afterLoss(again, 'after-auth', false);

  expect(again).toMatchObject({ phase: 'reconnecting', isReauthed: true });
  expect(failed.phase).toBe('failed');
});

test('only a stable connection forgets its failures', () => {
  const flapping = at('connected', { failures: 5, isReauthed: true });

  expect(transition(flapping, 'retry')).toMatchObject({ failures: 5, isReauthed: true });
  expect(transition(flapping, 'stable')).toMatchObject({ failures: 0, isReauthed: false });
});

test('a failed client that is started again starts over', () => {
  const failed = at('failed', { failures: 9, isReauthed: true });

  expect(transition(failed, 'start')).toEqual(at('connecting', { attempt: 8 }));
});
