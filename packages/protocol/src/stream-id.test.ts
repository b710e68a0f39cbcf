import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cursor } from './cursor.ts';
import { compareStreamIds, countOf, formatStreamId, isStreamId, timeOf, ZERO_ID } from './stream-id.ts';

const part = fc.integer({ min: 0, max: 999_999_999_999_999 });

describe('stream IDs', () => {
  test('order by number, not by text', () => {
    expect(compareStreamIds(formatStreamId(1, 10), formatStreamId(1, 9))).toBeGreaterThan(0);
    expect(compareStreamIds(formatStreamId(9, 1), formatStreamId(10, 1))).toBeLessThan(0);
    expect(compareStreamIds(ZERO_ID, ZERO_ID)).toBe(0);
  });

  test('survive formatting, and equal texts mean equal IDs', () => {
    fc.assert(
      fc.property(part, part, part, part, (ms, n, ms2, n2) => {
        const a = formatStreamId(ms, n);
        const b = formatStreamId(ms2, n2);
        expect(isStreamId(a)).toBe(true);
        expect([timeOf(a), countOf(a)]).toEqual([ms, n]);
        expect(compareStreamIds(a, b) === 0).toBe(a === b);
        expect(Math.sign(compareStreamIds(a, b))).toBe(Math.sign(-compareStreamIds(b, a) || 0));
      }),
    );
  });

  test.each([
    ['5-2~m', 5, 2],
    ['5-2~7-8', 5, 2],
    ['5-2~-9', 5, 2],
    ['5-2', 5, 2],
    ['0-0~', 0, 0],
    ['999999999999999-999999999999998~0x1', 999_999_999_999_999, 999_999_999_999_998],
  ])('the cursor %s begins with its stream ID', (text, ms, n) => {
    const cursor = text as Cursor;

    expect([timeOf(cursor), countOf(cursor)]).toEqual([ms, n]);
    expect(compareStreamIds(cursor, formatStreamId(ms, n))).toBe(0);
  });

  test.each([
    '-',
    '+',
    '$',
    '*',
    '',
    '1',
    '1-',
    '-1',
    '01-1',
    '1-01',
    '1-1 ',
    ' 1-1',
    '1-1\n',
    '1.0-1',
    '1e3-1',
    '1234567890123456-1',
    '１-1',
  ])('[G7.6] %j is not a stream ID, although Redis may take it as a range bound', (text) => {
    expect(isStreamId(text)).toBe(false);
  });
});
