import { ManualClock } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { Heartbeat, Heartbeats } from './heartbeat.ts';

function createHeartbeat(isDeaf = () => false) {
  const clock = new ManualClock();
  const events: string[] = [];
  const heartbeat = new Heartbeat(new Heartbeats(clock, 1000), {
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

test('[G7.5] pings of many connections go together, none of them late', () => {
  const clock = new ManualClock();
  const shared = new Heartbeats(clock, 15_000);
  const events: { readonly name: number; readonly silentMs: number; readonly atMs: number }[] = [];
  for (let name = 0; name < 100; name++) {
    clock.advance(7);
    let sentAt = clock.monotonic();
    const heartbeat: Heartbeat = new Heartbeat(shared, {
      isDeaf: true,
      sendPing: () => {
        const atMs = clock.monotonic();
        events.push({ name, silentMs: atMs - sentAt, atMs });
        sentAt = atMs;
        heartbeat.sent();
      },
      onSilent: () => expect.unreachable(),
    });
    heartbeat.start();
  }

  clock.advance(30_000);

  expect(events.filter(({ name }) => name === 42)).toHaveLength(2);
  expect(Math.max(...events.map(({ silentMs }) => silentMs))).toBeLessThanOrEqual(15_000);
  expect(Math.min(...events.map(({ silentMs }) => silentMs))).toBeGreaterThan(14_950);
  expect(new Set(events.map(({ atMs }) => atMs)).size).toBeLessThan(40);
});

test('one connection that ends, or falls silent, leaves the deadlines of the others', () => {
  const clock = new ManualClock();
  const shared = new Heartbeats(clock, 1000);
  const silent: string[] = [];
  const start = (name: string): Heartbeat => {
    const owner = { isDeaf: false, sendPing: () => heartbeat.sent(), onSilent: () => void silent.push(name) };
    const heartbeat: Heartbeat = new Heartbeat(shared, owner);
    heartbeat.start();
    return heartbeat;
  };
  const alice = start('alice');
  start('bob');
  const carol = start('carol');

  alice.stop();
  clock.advance(1500);
  carol.received();
  clock.advance(1000);
  expect(silent).toEqual(['bob']);
  clock.advance(1000);

  expect(silent).toEqual(['bob', 'carol']);
  expect(clock.pendingTimers).toBe(0);
});
