// The fault matrix: for each kind how often, what clients saw, what may be lost, and how long until everybody was whole.

import type { FaultKind } from './faults/fault.ts';
import type { FaultResult } from './runner.ts';

export interface MatrixRow {
  readonly kind: string;
  readonly count: number;
  readonly states: readonly string[];
  readonly gaps: Readonly<Record<string, number>>;
  readonly loses: string;
  readonly medianMs: number | null;
  readonly worstMs: number | null;
}

export interface Measure {
  readonly kind: string;
  readonly measure: string;
  readonly count: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

const byNumber = (a: number, b: number): number => a - b;
/** Of an even number the lower one of the two in the middle: a time that was measured. */
const median = (values: readonly number[]): number => values.toSorted(byNumber)[(values.length - 1) >> 1] ?? NaN;

export function matrixOf(kinds: readonly FaultKind[], results: readonly FaultResult[]): readonly MatrixRow[] {
  return kinds.flatMap(({ kind, loses }) => {
    const of = results.filter((result) => result.kind === kind);
    if (of.length === 0) return [];
    const times = of.flatMap(({ healedMs }) => (healedMs === null ? [] : [healedMs]));
    const gaps: Record<string, number> = {};
    for (const [reason, count] of of.flatMap((result) => Object.entries(result.gaps))) {
      gaps[reason] = (gaps[reason] ?? 0) + count;
    }
    return {
      kind,
      count: of.length,
      states: [...new Set(of.flatMap(({ states }) => states))].toSorted(),
      gaps,
      loses,
      medianMs: times.length > 0 ? median(times) : null,
      worstMs: times.length > 0 ? Math.max(...times) : null,
    };
  });
}

export function measuresOf(results: readonly FaultResult[]): readonly Measure[] {
  const values = new Map<string, { kind: string; measure: string; all: number[] }>();
  for (const { kind, measures } of results) {
    for (const [measure, ms] of Object.entries(measures)) {
      if (!Number.isFinite(ms)) continue;
      const key = `${kind}: ${measure}`;
      const entry = values.get(key) ?? { kind, measure, all: [] };
      entry.all.push(ms);
      values.set(key, entry);
    }
  }
  return [...values.values()].map(({ kind, measure, all }) => ({
    kind,
    measure,
    count: all.length,
    medianMs: median(all),
    worstMs: Math.max(...all),
  }));
}

const ms = (value: number | null): string => (value === null ? 'never' : `${Math.round(value)} ms`);

export function toMarkdown(rows: readonly MatrixRow[], measures: readonly Measure[]): string {
  const gapsOf = (gaps: Readonly<Record<string, number>>): string =>
    Object.entries(gaps)
      .map(([reason, count]) => `${count} ${reason}`)
      .join(', ') || 'none';
  return [
    '| fault | times | states that clients saw | gaps told | lost | whole again: median | worst |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ kind, count, states, gaps, loses, medianMs, worstMs }) =>
        `| ${kind} | ${count} | ${states.join(', ')} | ${gapsOf(gaps)} | ${loses} | ${ms(medianMs)} | ${ms(worstMs)} |`,
    ),
    '',
    '| measured at | what | times | median | worst |',
    '| --- | --- | --- | --- | --- |',
    ...measures.map(
      ({ kind, measure, count, medianMs, worstMs }) =>
        `| ${kind} | ${measure} | ${count} | ${ms(medianMs)} | ${ms(worstMs)} |`,
    ),
  ].join('\n');
}
