import { formatCursor, formatStreamId, type Cursor, type GapFrame } from '@holdline/protocol';
import { createRandom, propertyRuns } from '@holdline/testkit';
import { describe, expect, test } from 'vitest';
import type { Message } from '../api.ts';
import { Trail } from './cursor.ts';

const message = (
  n: number,
  messageId = `m${n}`,
  { id = formatStreamId(1000 + n, n), sender = null }: Partial<Pick<Message, 'id' | 'sender'>> = {},
): Message => ({ cursor: formatCursor(id, messageId as never), messageId, sender }) as Message;
const cursor = (n: number): Cursor => formatCursor(formatStreamId(1000 + n, n), `m${n}` as never);
const gap = (reason: GapFrame['reason'], next: Cursor): GapFrame => ({ type: 'gap', reason, next }) as GapFrame;

function trailAt(n: number): Trail {
  const trail = new Trail();
  trail.move({ cursor: cursor(n) });
  return trail;
}

test('[G3.2] the next message moves the head; the same again is old', () => {
  const trail = trailAt(3);

  expect(trail.take(message(4))).toBe('next');
  expect(trail.take(message(4))).toBe('old');
  expect(trail.take(message(2))).toBe('old');
  expect(trail.head).toBe(cursor(4));
});

test('[G4.1] a message after a missing one is a hole, and moves nothing', () => {
  const trail = trailAt(3);

  expect(trail.take(message(5))).toBe('hole');
  expect(trail.head).toBe(cursor(3));
});

describe('what comes, by where the reader stands', () => {
  const coming = {
    'the next': message(4),
    'the same again': message(3),
    'one of before': message(2),
    'one after a hole': message(5),
    'the next, with the ID of one of before': message(4, 'm2'),
    'the next, with that ID, of another sender': message(4, 'm2', { sender: 'bob' }),
  };
  type Coming = keyof typeof coming;
  const first = {
    'the next': 'next',
    'the same again': 'old',
    'one of before': 'old',
    'one after a hole': 'hole',
  } as const;
  const plain = {
    ...first,
    'the next, with the ID of one of before': 'next',
    'the next, with that ID, of another sender': 'next',
  } as const;
  /** After a rewritten or lost history, what was delivered before is not delivered again. */
  const rewritten = { ...plain, 'the next, with the ID of one of before': 'repeat' } as const;
  const TABLE: Record<GapFrame['reason'] | 'no gap', Record<Coming, 'next' | 'repeat' | 'old' | 'hole'>> = {
    'no gap': plain,
    trimmed: plain,
    expired: plain,
    deleted: plain,
    rewritten,
    lost: rewritten,
  };
  const cells = Object.entries(TABLE).flatMap(([state, row]) =>
    Object.entries(row).map((cell) => [state, ...cell] as const),
  );

  test.each(cells)('[G3.2, G4.1] after %s, %s is %s', (state, name, expected) => {
    const trail = trailAt(1);
    for (const n of [2, 3]) trail.take(message(n));
    if (state !== 'no gap') trail.gap(gap(state as GapFrame['reason'], cursor(3)));

    const taken = trail.take(coming[name as Coming]);

    expect(taken).toBe(expected);
    const moved = coming[name as Coming].cursor;
    const hasMoved = expected === 'next' || expected === 'repeat';
    expect(trail.head).toBe(hasMoved ? moved : cursor(3));
  });
});

test('IDs are compared as numbers: 10 comes after 9', () => {
  expect(trailAt(9).take(message(10))).toBe('next');
});

test('a later time with an older count is a hole, not a message and not a duplicate', () => {
  const trail = trailAt(9);

  expect(trail.take(message(4, 'other', { id: formatStreamId(9000, 4) }))).toBe('hole');
});

test('[G4.7] a gap moves the head to where delivery goes on', () => {
  const trail = trailAt(3);

  trail.gap(gap('trimmed', cursor(20)));

  expect(trail.take(message(21))).toBe('next');
});

test('[G3.2] after a rewritten gap what was delivered before is not delivered again under a new ID', () => {
  const trail = trailAt(1);
  trail.take(message(2));
  trail.take(message(3));

  trail.gap(gap('rewritten', cursor(1)));

  expect(trail.take(message(2, 'm3', { id: formatStreamId(5000, 2) }))).toBe('repeat');
  expect(trail.take(message(3, 'new', { id: formatStreamId(5001, 3) }))).toBe('next');
});

test('[G3.2] gaps and repeats take no room from the 512 messages that are remembered', () => {
  const trail = trailAt(0);
  for (let n = 1; n <= 300; n += 1) trail.take(message(n));
  for (let i = 0; i < 10; i += 1) trail.gap(gap('lost', '0-0~' as Cursor));
  // Ten of them come once more, and then 211 that are new.
  for (let n = 1; n <= 10; n += 1) expect(trail.take(message(n, `m${290 + n}`))).toBe('repeat');
  for (let n = 11; n <= 221; n += 1) expect(trail.take(message(n, `new${n}`))).toBe('next');

  expect(trail.take(message(222, 'm1'))).toBe('repeat');
});

test('[G3.4] a message ID of another user is another message', () => {
  const trail = trailAt(1);
  trail.take(message(2, 'same', { sender: 'alice' }));

  trail.gap(gap('rewritten', cursor(1)));

  expect(trail.take(message(2, 'same', { id: formatStreamId(5000, 2), sender: 'bob' }))).toBe('next');
});

test('without a rewritten history a message ID may come twice', () => {
  const trail = trailAt(1);

  expect(trail.take(message(2, 'same'))).toBe('next');
  expect(trail.take(message(3, 'same'))).toBe('next');
});

test('[G4.5] the recent cursors lie 1, 2, 4 … 512 back, and no more are kept', () => {
  const trail = trailAt(0);
  for (let n = 1; n <= 2000; n += 1) trail.take(message(n));

  expect(trail.recent()).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map((back) => cursor(2000 - back)));
});

test('[G3.2, G4.1] any mixture of repeats, replays and losses gives each message once, in order, or a hole', () => {
  for (let run = 0; run < propertyRuns(200); run += 1) {
    const random = createRandom(run + 1);
    const trail = trailAt(0);
    const delivered: number[] = [];
    let next = 1;

    for (let step = 0; step < 200; step += 1) {
      const n = Math.max(1, next + random.below(7) - 4);
      const taken = trail.take(message(n));
      expect(taken, `seed ${random.seed}`).toBe(n < next ? 'old' : n === next ? 'next' : 'hole');
      if (taken !== 'next') continue;
      delivered.push(n);
      next += 1;
    }

    expect(delivered, `seed ${random.seed}`).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1));
  }
});
