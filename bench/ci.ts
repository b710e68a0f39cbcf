// The verdict of the short form in continuous integration: Holdline's CPU per delivery at A against the classic server's, and nothing lost, doubled or
// out of order. Pairs in which the machine was too busy to deliver what was due say nothing of the cost, and are left out. Pure.

import { heldPairs, ratioIn, totalOf, type Results, type WorkloadResult } from './report/results.ts';

/** What was measured (docs/benchmarks) and what a machine adds that others use too: a change for the worse shows. The goal is 1.25, and is not reached. */
const MAX_RATIO = 2;
const MUST_BE_ZERO = ['lost', 'doubled', 'reordered', 'strays', 'unacked', 'faults'];
const [OURS, THEIRS] = ['holdline', 'classic'] as const;
const MIN_PAIRS = 3;

export interface CiVerdict {
  readonly ratio: number;
  readonly pairs: number;
  /** Empty when all is well. */
  readonly failures: readonly string[];
}

export function judge({ workloads }: Results): CiVerdict {
  const [result] = workloads;
  const failures = workloads.flatMap(whatMustNotBe);
  const pairs = heldPairs(result, OURS, THEIRS).length;
  const ratio = ratioIn(result, 'cpuUs', OURS, THEIRS);
  if (pairs < MIN_PAIRS)
    failures.push(`the machine was too busy: in ${pairs} pairs was delivered what was due, and it takes ${MIN_PAIRS}`);
  else if (!(ratio <= MAX_RATIO))
    failures.push(`CPU per delivery is ${ratio.toFixed(2)} of the classic server's; at most ${MAX_RATIO} is allowed`);
  return { ratio, pairs, failures };
}

const whatMustNotBe = (result: WorkloadResult): string[] =>
  Object.keys(result.samples).flatMap((peer) =>
    MUST_BE_ZERO.flatMap((key) => {
      const total = totalOf(result, peer, key);
      return total === 0 ? [] : [`${peer}, ${result.name}: ${key} is ${total}, and must be 0`];
    }),
  );
