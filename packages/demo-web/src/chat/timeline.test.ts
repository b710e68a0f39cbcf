import { expect, test } from 'vitest';
import type { MessageRow, Row } from './conversation.ts';
import { dayLabel, timelineOf } from './timeline.ts';

const at = (day: number, hour: number, minute = 0): number => new Date(2026, 10, day, hour, minute).getTime();
const row = (n: number, sender: string, time: number): MessageRow => ({
  kind: 'message',
  key: `k${n}`,
  messageId: `m${n}`,
  streamId: `${time}-${n}`,
  n,
  sender,
  isOwn: sender === 'alice',
  body: 'x',
  at: time,
  state: 'stored',
  code: null,
});
const gap: Row = { kind: 'gap', key: 'g', reason: 'trimmed', missed: 2 };
const shape = (rows: readonly Row[], newAfter: number | null = null): string[] =>
  timelineOf(rows, newAfter).map((item) =>
    item.kind === 'message' ? `${item.row.n}${item.isFollowUp ? ' follows' : ''}` : item.kind,
  );

test('a day begins with a separator', () => {
  expect(shape([row(1, 'bob', at(20, 23, 59)), row(2, 'bob', at(21, 0, 1))])).toEqual(['day', '1', 'day', '2']);
});

test('a name is not repeated within five minutes, but after someone else, a gap or a pause', () => {
  const rows = [
    row(1, 'bob', at(20, 9, 0)),
    row(2, 'bob', at(20, 9, 4)),
    row(3, 'carol', at(20, 9, 4)),
    row(4, 'bob', at(20, 9, 5)),
    gap,
    row(7, 'bob', at(20, 9, 6)),
    row(8, 'bob', at(20, 9, 30)),
  ];

  expect(shape(rows)).toEqual(['day', '1', '2 follows', '3', '4', 'gap', '7', '8']);
});

test('the unread part begins with a line, before the first message of someone else', () => {
  const rows = [
    row(1, 'bob', at(20, 9)),
    row(2, 'alice', at(20, 9)),
    row(3, 'bob', at(20, 9)),
    row(4, 'bob', at(20, 9)),
  ];

  expect(shape(rows, 1)).toEqual(['day', '1', '2', 'new', '3', '4 follows']);
  expect(shape(rows, 4)).not.toContain('new');
});

test('keys stay apart when clocks step back over midnight', () => {
  const rows = [row(1, 'bob', at(21, 0, 1)), row(2, 'bob', at(20, 23, 59)), row(3, 'bob', at(21, 0, 2))];
  const keys = timelineOf(rows, null).map((item) => item.key);

  expect(new Set(keys).size).toBe(keys.length);
});

test('days are named as people name them', () => {
  const now = at(22, 12);

  expect(dayLabel(at(22, 1), now)).toBe('Today');
  expect(dayLabel(at(21, 23), now)).toBe('Yesterday');
  expect(dayLabel(at(20, 9), now, 'en-GB')).toBe('Friday 20 November');
  expect(dayLabel(new Date(2025, 0, 5).getTime(), now, 'en-GB')).toMatch(/2025/);
});
