import { expect, test } from 'vitest';
import { growthOf } from './growth.ts';
import type { Measure } from './measured.ts';

const before: Measure = { heapBytes: 10_000_000, resources: { Timeout: 1, TCPSocketWrap: 2 }, uncaught: [], own: {} };

test('less of everything, and a little more heap, is no growth', () => {
  expect(growthOf(before, { ...before, heapBytes: 13_000_000, resources: { Timeout: 1 } })).toEqual([]);
});

test('a heap beyond the allowance, more of a kind, and a new kind are', () => {
  expect(growthOf(before, { ...before, heapBytes: 13_000_001 })).toEqual([
    'the heap grew from 10000000 to 13000001 bytes',
  ]);
  expect(growthOf(before, { ...before, resources: { Timeout: 2, FSReqCallback: 1 } })).toEqual([
    '2 Timeout where there were 1',
    '1 FSReqCallback where there were 0',
  ]);
});
