/** Counts in which state each machine was asked what. Fed by `instrument.ts`; read against `cells.ts`. */
import { MACHINES, whyImpossible } from './cells.ts';

export type Counts = Record<string, number>;

export class Coverage {
  /** Machine → state → event; joined to names only when it is read. */
  readonly #counts = new Map<string, Map<string, Map<string, number>>>();

  count(machine: string, state: string, event: string): void {
    let states = this.#counts.get(machine);
    if (states === undefined) this.#counts.set(machine, (states = new Map()));
    let events = states.get(state);
    if (events === undefined) states.set(state, (events = new Map()));
    events.set(event, (events.get(event) ?? 0) + 1);
  }

  /** What was counted since the last time. */
  take(): Counts {
    const counts: Counts = {};
    for (const [machine, states] of this.#counts) {
      for (const [state, events] of states) {
        for (const [event, count] of events) counts[`${machine} | ${state} | ${event}`] = count;
      }
    }
    this.#counts.clear();
    return counts;
  }
}

export function addCounts(sum: Counts, counts: Counts): void {
  for (const [cell, count] of Object.entries(counts)) sum[cell] = (sum[cell] ?? 0) + count;
}

export interface CoverageReport {
  readonly text: string;
  /** Cells that were reached too seldom, or should not have been reached at all. */
  readonly complaints: readonly string[];
}

/** A table of each machine: how often it was in each state when each event came. */
export function reportCoverage(counts: Counts, atLeast: number): CoverageReport {
  const lines: string[] = [];
  const complaints: string[] = [];
  for (const [machine, { states, events }] of Object.entries(MACHINES)) {
    const width = Math.max(...events.map((event) => event.length));
    const widths = states.map((state) => Math.max(state.length, 9));
    lines.push(
      '',
      `${machine.padEnd(width)}  ${states.map((state, i) => state.padStart(widths[i] as number)).join('  ')}`,
    );
    for (const event of events) {
      const row = states.map((state, i) => {
        const count = counts[`${machine} | ${state} | ${event}`] ?? 0;
        const reason = whyImpossible(machine, state, event);
        const isShort = reason === null ? count < atLeast : count > 0;
        if (isShort)
          complaints.push(`${machine}: ${state} on ${event}: ${count}${reason === null ? '' : ` (${reason})`}`);
        return (reason !== null && count === 0 ? '-' : String(count)).padStart(widths[i] as number);
      });
      lines.push(`${event.padEnd(width)}  ${row.join('  ')}`);
    }
  }
  return { text: lines.join('\n'), complaints };
}
