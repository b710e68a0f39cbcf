/** What is counted before and after, and the table of it. Pure. */
import type { Measure } from '../process/measured.ts';

/** How far the second figure may be from the first. */
export type Rule = 'same' | 'no more' | 'within 10 %' | 'zero';

export interface Row {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  readonly rule: Rule;
}

const HEAP_SHARE = 0.1;

export function holds({ before, after, rule }: Row): boolean {
  switch (rule) {
    case 'same':
      return after === before;
    // At the base line a socket of the warm-up may still be closing.
    case 'no more':
      return after <= before;
    case 'within 10 %':
      return after <= before * (1 + HEAP_SHARE);
    case 'zero':
      return after === 0;
  }
}

/** The rows of one process: heap, each kind of handle and timer, its own counts, and what nobody caught. */
export function rowsOf(name: string, before: Measure, after: Measure): readonly Row[] {
  const kinds = new Set([...Object.keys(before.resources), ...Object.keys(after.resources)]);
  const own = Object.keys(after.own);
  return [
    { what: `${name}: heap, bytes`, before: before.heapBytes, after: after.heapBytes, rule: 'within 10 %' },
    ...[...kinds].map((kind): Row => {
      const [was = 0, is = 0] = [before.resources[kind], after.resources[kind]];
      return { what: `${name}: ${kind}`, before: was, after: is, rule: 'no more' };
    }),
    ...own.map((key): Row => ({
      what: `${name}: ${key}`,
      before: before.own[key] ?? 0,
      after: after.own[key] ?? 0,
      rule: 'zero',
    })),
    { what: `${name}: uncaught errors`, before: before.uncaught.length, after: after.uncaught.length, rule: 'zero' },
  ];
}

export function tableOf(rows: readonly Row[]): string {
  const number = (value: number): string => value.toLocaleString('en');
  const cells = [
    ['', 'what', 'before', 'after', 'rule'],
    ...rows.map((row) => [holds(row) ? 'ok' : 'NO', row.what, number(row.before), number(row.after), row.rule]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((line) => (line[column] ?? '').length)));
  return cells
    .map((line) =>
      line
        .map((cell, column) =>
          column === 2 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
