import { ManualClock } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

function createHeartbeat(isDeaf = () => false) {
  const clock = new ManualClock();
  const events: string[] = [];
  const heartbeat = new Heartbeat(clock, 1000, {
    get isDeaf() {
      return isDeaf();
    },
    sendPing: () => {
      events.push(`ping ${clock.monotonic()}`);
      heartbeat.sent();
    },
    onSilent: () => events.push(`silent ${clock.monotonic()}`),
  });
  heartbeat.start();
  return { clock, heartbeat, events };
}

test('[G7.5] pings after an interval in which nothing was sent', () => {
  const { clock, heartbeat, events } = createHeartbeat();

  clock.advance(900);
  heartbeat.sent();
  clock.advance(900);
  heartbeat.received();
  clock.advance(150);

  expect(events).toEqual(['ping 1900']);
});

test('[G7.5] silence of two intervals ends the connection, no later', () => {
  const { clock, heartbeat, events } = createHeartbeat();
  clock.advance(500);
  heartbeat.received();

  clock.advance(10_000);

  expect(events.filter((event) => event.startsWith('silent'))).toEqual(['silent 2500']);
});

test('[G7.5] the silence of a connection that we do not read from says nothing', () => {
  let isDeaf = true;
  const { clock, events } = createHeartbeat(() => isDeaf);

  clock.advance(20_000);
  expect(events.some((event) => event.startsWith('silent'))).toBe(false);
  isDeaf = false;
  clock.advance(2000);

  expect(events.some((event) => event.startsWith('silent'))).toBe(true);
});

test('stops with the connection', () => {
  const { clock, heartbeat, events } = createHeartbeat();

  heartbeat.stop();
  clock.advance(10_000);

  expect(events).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});
