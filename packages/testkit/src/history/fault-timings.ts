// How long it took after each fault until everybody was whole again, by kind of fault. Serves G5.

import type { CheckContext } from './check-context.ts';
import type { ShownRule } from './rules.ts';

export interface FaultTiming {
  readonly fault: string;
  readonly count: number;
  /** Faults of which no `fault-healed` is on record. */
  readonly notHealed: number;
  /** Milliseconds from the end of the fault (its start where it has no end) until whole. Null when none was healed. */
  readonly medianMs: number | null;
  readonly worstMs: number | null;
}

/** The longest that faults of a kind may take, and the rule that says so. */
export interface Deadline {
  readonly rule: Extract<ShownRule, 'G5.1' | 'G5.2' | 'G5.3'>;
  readonly withinMs: number;
}

export function checkFaults(context: CheckContext): readonly FaultTiming[] {
  const { findings, options } = context;
  const times = new Map<string, { healed: number[]; notHealed: number }>();
  for (const { started, ended, healed } of context.model.faults.values()) {
    const kind = times.get(started.fault) ?? { healed: [], notHealed: 0 };
    times.set(started.fault, kind);
    if (healed === null) kind.notHealed += 1;
    else kind.healed.push(Math.max(0, healed.atMs - (ended ?? started).atMs));
    const deadline = options.deadlines[started.fault];
    findings.tested(deadline?.rule ?? 'G5.1');
    const tookMs = kind.healed.at(-1);
    if (healed === null && isEnded(context)) {
      findings.violate(deadline?.rule ?? 'G5.1', `${started.fault} was never whole again`, () => [started, ended]);
    } else if (healed !== null && deadline !== undefined && tookMs! > deadline.withinMs) {
      const what = `${started.fault} took ${Math.round(tookMs!)} ms until whole, more than ${deadline.withinMs} ms`;
      findings.violate(deadline.rule, what, () => [started, ended, healed]);
    }
  }
  return [...times].map(([fault, { healed, notHealed }]) => {
    const sorted = healed.sort((a, b) => a - b);
    return {
      fault,
      count: sorted.length + notHealed,
      notHealed,
      medianMs: sorted[Math.floor(sorted.length / 2)] ?? null,
      worstMs: sorted.at(-1) ?? null,
    };
  });
}

/** The run came to its end: a final read is there. Otherwise the last faults may just have been cut off. */
const isEnded = (context: CheckContext): boolean =>
  [...context.model.rooms.values()].some((room) => room.finalRead !== null) &&
  [...context.model.faults.values()].some(({ healed }) => healed !== null);
