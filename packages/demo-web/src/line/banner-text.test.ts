import { expect, test } from 'vitest';
import type { ConnectionStatus, RoomStatus } from '../chat/events.ts';
import { bannerWords, restoredWords } from './banner-text.ts';

const CONNECTION: Record<ConnectionStatus, string | null> = {
  idle: null,
  connecting: 'connecting',
  connected: null,
  reconnecting: 'reconnecting',
  offline: 'offline',
  closed: 'closed',
  failed: 'failed',
};
const ROOM: Record<RoomStatus, string | null> = {
  joining: null,
  'catching-up': null,
  live: null,
  degraded: 'degraded',
  denied: 'denied',
  left: null,
};

test('each state of the connection has its banner, and a good one has none', () => {
  for (const [state, banner] of Object.entries(CONNECTION)) {
    expect(bannerWords(state as ConnectionStatus, 'live', 0)?.state ?? null).toBe(banner);
  }
});

test('on a good connection the room has its say', () => {
  for (const [state, banner] of Object.entries(ROOM)) {
    expect(bannerWords('connected', state as RoomStatus, 0)?.state ?? null).toBe(banner);
  }
});

test('what waits in the outbox is counted', () => {
  expect(bannerWords('reconnecting', 'live', 1)?.detail).toContain('1 message waits');
  expect(bannerWords('offline', 'live', 3)?.detail).toContain('3 messages wait');
  expect(bannerWords('offline', 'live', 0)?.detail).toContain('Go on writing');
});

test('the good news does not gloss over a gap', () => {
  expect(restoredWords({ arrived: 0, gaps: 0 }).detail).toBe('You missed nothing.');
  expect(restoredWords({ arrived: 1, gaps: 0 }).detail).toBe('1 message came meanwhile. Nothing is missing.');
  expect(restoredWords({ arrived: 5, gaps: 0 }).detail).toBe('5 messages came meanwhile. Nothing is missing.');
  expect(restoredWords({ arrived: 5, gaps: 1 }).detail).toContain('is gone');
});
