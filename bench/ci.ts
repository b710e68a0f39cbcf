// The verdict of the short form in continuous integration: Holdline's CPU per delivery at A against the classic server's, and nothing lost, doubled or
// out of order. Pairs in which the machine was too busy to deliver what was due say nothing of the cost, and are left out. Pure.

import { pairedRatio } from './measure/statistics.ts';
import { totalOf, type Results, type WorkloadResult } from './report/results.ts';
import { HELD_SHARE } from './workloads/fan-out.ts';

const MAX_RATIO = 1.25;
const MUST_BE_ZERO = ['lost', 'doubled', 'reordered', 'strays', 'unacked', 'faults'];
const [OURS, THEIRS] = ['holdline', 'classic'] as const;
const MIN_PAIRS = 3;

export interface CiVerdict {
  readonly ratio: number;
  readonly pairs: number;
  /** Empty when all is well. */
  readonly failures: readonly string[];
}

/** `due` is how many deliveries a second the workload asks for. */
export function judge(results: Results, due: number): CiVerdict {
  const failures = results.workloads.flatMap(whatMustNotBe);
  const [ours, theirs] = [OURS, THEIRS].map((peer) => results.workloads[0]?.samples[peer] ?? []) as [
    WorkloadResult['samples'][string],
    WorkloadResult['samples'][string],
  ];
  const isHeld = (sample: { figures: Readonly<Record<string, number>> } | undefined): boolean =>
    (sample?.figures['perSecond'] ?? 0) >= HELD_SHARE * due;
  const pairs = ours.map((_, i) => i).filter((i) => isHeld(ours[i]) && isHeld(theirs[i]));
  const cpu = (samples: typeof ours): number[] => pairs.map((i) => samples[i]!.figures['cpuUs']!);
  const ratio = pairedRatio(cpu(ours), cpu(theirs));
  if (pairs.length < MIN_PAIRS)
    failures.push(
      `the machine was too busy: in ${pairs.length} pairs was delivered what was due, and it takes ${MIN_PAIRS}`,
    );
  else if (!(ratio <= MAX_RATIO))
    failures.push(`CPU per delivery is ${ratio.toFixed(2)} of the classic server's; at most ${MAX_RATIO} is allowed`);
  return { ratio, pairs: pairs.length, failures };
}

const whatMustNotBe = (result: WorkloadResult): string[] =>
  Object.keys(result.samples).flatMap((peer) =>
    MUST_BE_ZERO.flatMap((key) => {
      const total = totalOf(result, peer, key);
      return total === 0 ? [] : [`${peer}, ${result.name}: ${key} is ${total}, and must be 0`];
    }),
  );
