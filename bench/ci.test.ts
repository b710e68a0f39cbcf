import { expect, test } from 'vitest';
import { judge } from './ci.ts';
import { resultsWith } from './report/results.kit.ts';

const THREE = [20, 20, 20];

test('it passes at twice the classic server, and fails above', () => {
  expect(judge(resultsWith([40, 40, 40], THREE))).toEqual({ ratio: 2, pairs: 3, failures: [] });
  expect(judge(resultsWith([41, 41, 41], THREE)).failures).toEqual([
    "CPU per delivery is 2.05 of the classic server's; at most 2 is allowed",
  ]);
});

test.each(['lost', 'doubled', 'reordered', 'strays', 'unacked', 'faults'])('it fails for anything %s', (key) => {
  expect(judge(resultsWith([10, 10, 10], THREE, { [key]: 1 })).failures).toEqual([
    `holdline, A: ${key} is 3, and must be 0`,
  ]);
});

test('a machine too busy to deliver what is due is told, and judges nothing', () => {
  expect(judge(resultsWith([50, 50, 50], THREE, { isHeld: 0 })).failures).toEqual([
    expect.stringContaining('too busy'),
  ]);
  expect(judge(resultsWith([], [])).failures).toEqual([expect.stringContaining('too busy')]);
});
