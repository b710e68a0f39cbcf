import { expect, test } from 'vitest';
import { isSeldom, MACHINES, whyOutOfReach } from './cells.ts';
import { reportCoverage, type Counts } from './coverage.ts';

/** Each cell that can be reached, so often; seldom ones not at all. */
function countsOf(times: number): Counts {
  const counts: Counts = {};
  for (const [machine, { states, events }] of Object.entries(MACHINES)) {
    for (const state of states) {
      for (const event of events) {
        if (whyOutOfReach(machine, state, event) !== null || isSeldom(machine, state, event)) continue;
        counts[`${machine} | ${state} | ${event}`] = times;
      }
    }
  }
  return counts;
}

test('a run in which every cell was reached often enough has no complaints', () => {
  expect(reportCoverage(countsOf(30), 30).complaints).toEqual([]);
});

test('a cell that was reached once too seldom is complained of, and so is one that is declared out of reach', () => {
  const counts = { ...countsOf(30), 'gap | told | deleted': 29, 'sdk.connection | idle | lost': 1 };

  expect(reportCoverage(counts, 30).complaints).toEqual([
    expect.stringContaining('sdk.connection: idle on lost: 1 (sockets, tokens and timers'),
    'gap: told on deleted: 29',
  ]);
});
