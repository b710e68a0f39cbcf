/** Holds two measures of a process against each other: what it holds more than before. */
import type { Measure } from './measured.ts';

export interface Allowance {
  /** Part of the heap that may come on top. @defaultValue 0.1 */
  readonly heapShare?: number;
  /** Bytes that may come on top of that: what the engine compiles and caches late is not ours. @defaultValue 2,000,000 */
  readonly heapBytes?: number;
}

export function growthOf(
  before: Measure,
  after: Measure,
  { heapShare = 0.1, heapBytes = 2_000_000 }: Allowance = {},
): readonly string[] {
  const findings: string[] = [];
  const most = before.heapBytes * (1 + heapShare) + heapBytes;
  if (after.heapBytes > most) findings.push(`the heap grew from ${before.heapBytes} to ${after.heapBytes} bytes`);
  for (const [kind, count] of Object.entries(after.resources)) {
    const was = before.resources[kind] ?? 0;
    if (count > was) findings.push(`${count} ${kind} where there were ${was}`);
  }
  return findings;
}
