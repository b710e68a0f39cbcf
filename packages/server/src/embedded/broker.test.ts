import { expect, test } from 'vitest';
import type { RawAppend } from './append.ts';
import { Broker } from './broker.ts';
import { addByHand, trim } from './room-store.ts';

const DAY_MS = 86_400_000;

function setUp(): { broker: Broker; append: (room: string, messageId: string) => void; wait: (ms: number) => void } {
  let nowMs = 1_700_000_000_000;
  const broker = new Broker({ now: () => nowMs });
  const append = (room: string, messageId: string): void => {
    const message = {
      head: '1 j ',
      tail: ' text -',
      data: '1',
      messageId,
      field: messageId,
      hash: 'h',
      firstSentAt: null,
    };
    const input: RawAppend = {
      messages: [message],
      nowMs,
      sealKey: 'key',
      maxCount: 10,
      ageMs: 60_000,
      windowMs: 60_000,
      rotateMs: 70_000,
      positionMs: 30 * DAY_MS,
      maxRecords: 100,
    };
    broker.append(room, input);
  };
  return { broker, append, wait: (ms) => void (nowMs += ms) };
}

test('rooms that nobody asks for any more go when all of their lifetimes are over', () => {
  const { broker, append, wait } = setUp();
  for (let i = 0; i < 100; i++) append(`room-${i}`, `m${i}`);

  wait(DAY_MS);
  for (let i = 0; i < 120; i++) append('busy', `a${i}`);
  const kept = broker.rooms.get('room-7');
  expect(broker.rooms.size).toBe(101);
  expect(kept?.stream).toEqual([]);
  expect(kept?.position).not.toBeNull();

  wait(30 * DAY_MS);
  for (let i = 0; i < 120; i++) append('busy', `b${i}`);

  expect([...broker.rooms.keys()]).toEqual(['busy']);
});

test('a stream that was emptied by hand is still there, with the last ID that it gave out', () => {
  const { broker, append, wait } = setUp();
  const emptied = broker.room('emptied');
  broker.rooms.set('emptied', emptied);
  addByHand(emptied, { header: null, data: null }, 1_700_000_000_000);
  trim(emptied, 0);

  wait(60 * DAY_MS);
  for (let i = 0; i < 10; i++) append('busy', `m${i}`);

  expect(broker.rooms.get('emptied')?.lastId).toBe('1700000000000-0');
});
