// The verdict of the short form in continuous integration: Holdline's CPU per delivery at A against the classic server's, and nothing lost, doubled or
// out of order. Pure.

import { ratioOf, totalOf, type Results } from './report/results.ts';

const MAX_RATIO = 1.25;
const MUST_BE_ZERO = ['lost', 'doubled', 'reordered', 'strays', 'unacked', 'faults'];

export interface CiVerdict {
  readonly ratio: number;
  /** Empty when all is well. */
  readonly failures: readonly string[];
}

export function judge(results: Results): CiVerdict {
  const ratio = ratioOf(results, 'A', 'cpuUs', 'holdline', 'classic');
  const failures: string[] = [];
  // Also for a ratio that is not a number: nothing was measured.
  if (!(ratio <= MAX_RATIO))
    failures.push(`CPU per delivery is ${ratio.toFixed(2)} of the classic server's; at most ${MAX_RATIO} is allowed`);
  for (const result of results.workloads)
    for (const peer of Object.keys(result.samples))
      for (const key of MUST_BE_ZERO) {
        const total = totalOf(result, peer, key);
        if (total !== 0) failures.push(`${peer}, ${result.name}: ${key} is ${total}, and must be 0`);
      }
  return { ratio, failures };
}
