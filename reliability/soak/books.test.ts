import { describe, expect, test } from 'vitest';
import type { Measure } from '../process/measured.ts';
import { holds, rowsOf, tableOf, type Row } from './books.ts';

const measure: Measure = { heapBytes: 1000, resources: { Timeout: 2 }, uncaught: [], own: { rooms: 0 } };
const broken = (after: Measure, before = measure): readonly string[] =>
  rowsOf('server', before, after)
    .filter((row) => !holds(row))
    .map(({ what }) => what);

describe('the books of a soak run', () => {
  test('are in order when nothing has changed, when the heap is a little larger, and when a timer of the warm-up has ended', () => {
    expect(broken(measure)).toEqual([]);
    expect(broken({ ...measure, heapBytes: 1100 })).toEqual([]);
    expect(broken({ ...measure, resources: { Timeout: 1 } })).toEqual([]);
  });

  test.each([
    ['a heap of more than a tenth on top', { ...measure, heapBytes: 1101 }, 'server: heap, bytes'],
    ['one timer more', { ...measure, resources: { Timeout: 3 } }, 'server: Timeout'],
    ['a new kind of handle', { ...measure, resources: { Timeout: 2, TCPSocketWrap: 1 } }, 'server: TCPSocketWrap'],
    ['a room that stayed open', { ...measure, own: { rooms: 1 } }, 'server: rooms'],
    ['an error that nobody caught', { ...measure, uncaught: ['Error'] }, 'server: uncaught errors'],
  ])('show %s', (_name, after, what) => {
    expect(broken(after)).toEqual([what]);
  });

  test('are printed with what does not hold marked', () => {
    const rows: readonly Row[] = [
      { what: 'subscriptions', before: 0, after: 0, rule: 'zero' },
      { what: 'timers', before: 2, after: 3, rule: 'same' },
    ];

    expect(tableOf(rows)).toBe(
      [
        '    what           before  after  rule',
        'ok  subscriptions       0      0  zero',
        'NO  timers              2      3  same',
      ].join('\n'),
    );
  });
});
