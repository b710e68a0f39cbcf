// The judgement over the whole history of a run, and the line with the counts.

import { HistoryChecker, readHistory, type Verdicts } from '@holdline/testkit';
import { RETENTION_AGE_MS } from './retention.ts';

/** Real processes on a busy machine fail only at five times the figure; the figures themselves are measured. */
const DEADLINES = {
  'subscriber-killed': { rule: 'G5.1', withinMs: 5 * 1000 },
  'subscriber-black-holed': { rule: 'G5.3', withinMs: 5 * 5000 },
  'last-announcement-lost': { rule: 'G5.2', withinMs: 5 * 5000 },
} as const;

export async function judge(path: string): Promise<Verdicts> {
  const checker = new HistoryChecker({
    deadlines: DEADLINES,
    retention: { count: null, ageMs: RETENTION_AGE_MS },
  });
  for await (const event of readHistory(path)) checker.add(event);
  return checker.finish();
}

export function countsLine({ counts }: Verdicts): string {
  const { acknowledged, faults, lost, doubled, reordered, falseGaps, missingGaps, lostAndTold } = counts;
  return (
    `acknowledged ${acknowledged}, faults ${faults}, lost ${lost}, doubled ${doubled}, reordered ${reordered}, ` +
    `false gaps ${falseGaps}, missing gaps ${missingGaps} (lost by Redis and told: ${lostAndTold})`
  );
}

export const isClean = ({ counts, violated }: Verdicts): boolean =>
  violated.length === 0 &&
  counts.lost + counts.doubled + counts.reordered + counts.falseGaps + counts.missingGaps === 0;
