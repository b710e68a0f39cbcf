import { expect, test } from 'vitest';
import { faultKindsOf } from './faults/index.ts';
import { planSteps, type PlannedStep, type Targets } from './plan.ts';

const TARGETS: Targets = {
  page: ['b0.p0', 'b0.p1', 'd0.t0'],
  'node-page': ['b0.p0', 'b0.p1'],
  'node-browser': ['b0'],
  tab: ['d0.t0'],
  server: ['s0', 's1'],
  room: ['hot0'],
  store: ['redis'],
};
const KINDS = faultKindsOf('redis');

function take(seed: number, count: number, targets: Targets = TARGETS): PlannedStep[] {
  const steps: PlannedStep[] = [];
  for (const step of planSteps(seed, KINDS, targets)) {
    steps.push(step);
    if (steps.length === count) break;
  }
  return steps;
}

test('the seed decides on everything', () => {
  expect(take(7, 200)).toEqual(take(7, 200));
  expect(take(7, 200)).not.toEqual(take(8, 200));
});

test('every kind comes again and again, none much more often than another of its lane', () => {
  const counts = new Map(KINDS.map(({ kind }) => [kind, 0]));
  for (const { kind } of take(1, 1000).flat()) counts.set(kind, counts.get(kind)! + 1);

  expect(Math.min(...counts.values())).toBeGreaterThan(10);
  const alone = KINDS.filter(({ lane }) => lane === 'alone').map(({ kind }) => counts.get(kind)!);
  expect(Math.max(...alone) - Math.min(...alone)).toBeLessThanOrEqual(1);
});

test('what concerns everybody runs alone, and two faults never hit the same thing', () => {
  for (const step of take(3, 500)) {
    const isAlone = step.some(({ lane }) => lane === 'alone');
    expect(step.length).toBeLessThanOrEqual(isAlone ? 1 : 4);
    expect(new Set(step.map(({ lane }) => lane)).size).toBe(step.length);
    for (const { target } of step) {
      expect(step.filter((other) => other.target.startsWith(target)).length).toBe(1);
    }
  }
});

test('faults without anything to hit are left out', () => {
  const kinds = new Set(
    take(1, 200, { ...TARGETS, tab: [] })
      .flat()
      .map(({ kind }) => kind),
  );

  expect([...kinds].filter((kind) => kind.startsWith('tab-'))).toEqual([]);
});
