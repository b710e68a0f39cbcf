import { ManualClock } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { TextFrame } from '../room/text-frame.ts';
import { SocketOutlet } from './outlet.ts';
import { SendBudget, SendBuffer } from './send-buffer.ts';
import { WriteTurn } from './write-turn.ts';

/** A frame that counts for `bytes`, its header included. */
const frame = (bytes: number): TextFrame => {
  const text = TextFrame.ofText('x'.repeat(bytes));
  return TextFrame.ofText('x'.repeat(2 * bytes - text.wire.length));
};

function createBuffer({ softLimit = 1000, stallMs = 30_000, budget = new SendBudget(1_000_000) } = {}) {
  const clock = new ManualClock();
  const sent: { text: string; done: () => void }[] = [];
  const tasks: (() => void)[] = [];
  const turn = new WriteTurn({ afterTask: (task) => tasks.push(task), afterTurn: (task) => tasks.push(task) });
  let stalls = 0;
  const socket = {
    send: (data: Buffer, _: object, done: () => void) => void sent.push({ text: data.toString(), done }),
  };
  const buffer = new SendBuffer({ clock, turn, budget, softLimit, stallMs }, new SocketOutlet(socket), {
    onStalled: () => (stalls += 1),
  });
  return {
    buffer,
    clock,
    budget,
    sent,
    stalls: () => stalls,
    drainOne: () => sent.shift()!.done(),
    endTurn: () => {
      for (const task of tasks.splice(0)) task();
    },
  };
}

test('[G7.1] over its bound a socket is not writable, and calls back when half has gone', () => {
  const { buffer, drainOne, endTurn } = createBuffer();
  let calls = 0;

  for (let i = 0; i < 5; i++) buffer.send(frame(250));
  expect(buffer.isWritable).toBe(false);
  endTurn();
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

test('[G1.1] what is gathered in a turn is written in the order in which it was given, each once', () => {
  const { buffer, sent, endTurn } = createBuffer();

  buffer.sendLater(TextFrame.ofText('answer 1'));
  buffer.send(TextFrame.ofText('message 1'));
  buffer.sendLater(TextFrame.ofText('answer 2'));
  buffer.send(TextFrame.ofText('message 2'));
  expect(sent).toEqual([]);
  endTurn();
  buffer.sendLater(TextFrame.ofText('answer 3'));
  endTurn();
  endTurn();

  expect(sent.map(({ text }) => text)).toEqual(['answer 1', 'message 1', 'answer 2', 'message 2', 'answer 3']);
});

test('[G7.1] over the bound of all sockets together only empty ones are given more', () => {
  const budget = new SendBudget(1000);
  const [full, empty] = [createBuffer({ budget }), createBuffer({ budget })];

  full.buffer.send(frame(999));
  expect(full.buffer.isWritable).toBe(true);
  full.buffer.send(frame(100));

  expect(full.buffer.isWritable).toBe(false);
  expect(empty.buffer.isWritable).toBe(true);
  full.endTurn();
  expect(full.buffer.isWritable).toBe(false);
  full.buffer.close();
  expect(budget.bytes).toBe(0);
});

test('[G7.1] what waits for sockets is counted once, gathered or written', () => {
  const { buffer, budget, drainOne, endTurn } = createBuffer();

  for (let i = 0; i < 3; i++) buffer.send(frame(100));
  expect(budget.bytes).toBe(300);
  endTurn();
  buffer.send(frame(100));
  endTurn();
  for (let i = 0; i < 4; i++) drainOne();

  expect(budget.bytes).toBe(0);
});

test('[G7.1] a socket that takes no byte for 30 s has stalled; one that takes a little has not', () => {
  const stalled = createBuffer();
  const slow = createBuffer();
  for (const { buffer, endTurn } of [stalled, slow]) {
    for (let i = 0; i < 20; i++) buffer.send(frame(100));
    endTurn();
  }

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
  const { buffer, clock, drainOne, endTurn, stalls } = createBuffer();
  buffer.send(frame(10));
  endTurn();
  drainOne();
  clock.advance(29_999);

  buffer.send(frame(10));
  endTurn();
  clock.advance(29_999);
  expect(stalls()).toBe(0);
  clock.advance(1);

  expect(stalls()).toBe(1);
});

test('[G7.3] answers are counted too: beyond four times the bound nothing more should be read', () => {
  const { buffer, drainOne, endTurn } = createBuffer();

  for (let i = 0; i < 5; i++) buffer.sendLater(frame(1000));

  expect(buffer.isOverfull).toBe(true);
  endTurn();
  expect(buffer.isOverfull).toBe(true);
  drainOne();
  drainOne();
  expect(buffer.isOverfull).toBe(false);
});

test('after the end nothing is sent, and whoever waits is let go', () => {
  const { buffer, sent, clock, endTurn } = createBuffer();
  let calls = 0;
  buffer.send(frame(2000));
  endTurn();
  buffer.send(frame(10));
  buffer.onceWritable(() => (calls += 1));

  buffer.close();
  buffer.send(frame(10));
  endTurn();

  expect(calls).toBe(1);
  expect(sent).toHaveLength(1);
  expect(buffer.isWritable).toBe(false);
  expect(clock.pendingTimers).toBe(0);
});
