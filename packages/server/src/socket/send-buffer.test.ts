import { ManualClock } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { SendBudget, SendBuffer } from './send-buffer.ts';

function createBuffer({ softLimit = 1000, stallMs = 30_000, budget = new SendBudget(1_000_000) } = {}) {
  const clock = new ManualClock();
  const sent: { bytes: number; done: () => void }[] = [];
  let stalls = 0;
  const buffer = new SendBuffer({
    socket: { send: (data, _options, done) => sent.push({ bytes: data.length, done: () => done() }) },
    clock,
    budget,
    softLimit,
    stallMs,
    onStalled: () => (stalls += 1),
  });
  return { buffer, clock, budget, sent, stalls: () => stalls, drainOne: () => sent.shift()!.done() };
}

test('[G7.1] over its bound a socket is not writable, and calls back when half has gone', () => {
  const { buffer, drainOne } = createBuffer();
  let calls = 0;

  for (let i = 0; i < 5; i++) buffer.send(Buffer.alloc(250));
  expect(buffer.isWritable).toBe(false);
  buffer.onceWritable(() => (calls += 1));
  drainOne();
  drainOne();
  expect(calls).toBe(0);
  drainOne();

  expect(calls).toBe(1);
  expect(buffer.isWritable).toBe(true);
  drainOne();
  expect(calls).toBe(1);
});

test('[G7.1] over the bound of all sockets together only empty ones are given more', () => {
  const budget = new SendBudget(1000);
  const [full, empty] = [createBuffer({ budget }), createBuffer({ budget })];

  full.buffer.send(Buffer.alloc(999));
  expect(full.buffer.isWritable).toBe(true);
  full.buffer.send(Buffer.alloc(1));

  expect(full.buffer.isWritable).toBe(false);
  expect(empty.buffer.isWritable).toBe(true);
  full.buffer.close();
  expect(budget.bytes).toBe(0);
});

test('[G7.1] a socket that takes no byte for 30 s has stalled; one that takes a little has not', async () => {
  const stalled = createBuffer();
  const slow = createBuffer();
  for (const { buffer } of [stalled, slow]) for (let i = 0; i < 20; i++) buffer.send(Buffer.alloc(100));

  for (let i = 0; i < 10; i++) {
    slow.clock.advance(20_000);
    slow.drainOne();
  }
  stalled.clock.advance(29_999);
  expect(stalled.stalls()).toBe(0);
  stalled.clock.advance(1);

  expect(stalled.stalls()).toBe(1);
  expect(slow.stalls()).toBe(0);
});

test('an idle socket never stalls, and the time between two sends does not count', () => {
  const { buffer, clock, drainOne, stalls } = createBuffer();
  buffer.send('a');
  drainOne();
  clock.advance(29_999);

  buffer.send('b');
  clock.advance(29_999);
  expect(stalls()).toBe(0);
  clock.advance(1);

  expect(stalls()).toBe(1);
});

test('[G7.3] answers are counted too: beyond four times the bound nothing more should be read', () => {
  const { buffer, drainOne } = createBuffer();

  for (let i = 0; i < 4; i++) buffer.send(Buffer.alloc(1000));

  expect(buffer.isOverfull).toBe(true);
  drainOne();
  expect(buffer.isOverfull).toBe(false);
});

test('after the end nothing is sent, and whoever waits is let go', () => {
  const { buffer, sent, clock } = createBuffer();
  let calls = 0;
  buffer.send(Buffer.alloc(2000));
  buffer.onceWritable(() => (calls += 1));

  buffer.close();
  buffer.send('late');

  expect(calls).toBe(1);
  expect(sent).toHaveLength(1);
  expect(buffer.isWritable).toBe(false);
  expect(clock.pendingTimers).toBe(0);
});
