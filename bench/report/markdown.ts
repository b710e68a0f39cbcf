// The results as a Markdown document. Pure.

import type { Column } from '../workloads/workload.ts';
import { GOALS, verdictOf } from './goals.ts';
import { medianOf, totalOf, type Results, type WorkloadResult } from './results.ts';

/** Figures of which one bad round must show. */
const SUMMED = /^(lost|doubled|reordered|slowLost|otherLost|otherDoubled|unacked)/;

/** Of each peer in each workload. */
const MAX_FAULTS = 3;

export interface ReportOptions {
  /** File names of charts, by workload. */
  readonly charts: Readonly<Record<string, string>>;
  readonly note: string;
}

export function toMarkdown(results: Results, { charts, note }: ReportOptions): string {
  const { machine, workloads } = results;
  return [
    '# Benchmarks',
    '',
    `\`${machine.command}\`, ${machine.at}. ${note} How it is measured, and what not to read into it: [bench/README.md](../../bench/README.md).`,
    '',
    `${machine.cpu}, ${machine.cores} cores and ${machine.memoryGigabytes} GB shared by servers, brokers and load; ${machine.system}.`,
    `Versions: ${Object.entries(machine.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    '',
    '## Where Holdline stands',
    '',
    toGoalsTable(results),
    '',
    'A ratio is the median of the ratios of rounds side by side; rounds in which the rate was not held have no part in it.',
    '',
    ...workloads.flatMap((result) => [
      `## ${result.name}: ${result.title}`,
      '',
      toTable(results, result),
      '',
      ...faultsIn(results, result),
      ...(charts[result.name] === undefined ? [] : [`![${result.title}](${charts[result.name]})`, '']),
    ]),
    '## How each is set up',
    '',
    ...results.peers.map(({ title, setUp }) => `- **${title}**: ${setUp}.`),
    '',
  ].join('\n');
}

function toGoalsTable(results: Results): string {
  const rows = GOALS.map((goal) => {
    const measured = goal.measured(results);
    return [goal.title, goal.must, goal.aim, print(measured, 2), verdictOf(goal, measured)];
  });
  return table(['', 'must', 'aim', 'measured', ''], rows);
}

function toTable(results: Results, result: WorkloadResult): string {
  const rows = results.peers
    .filter(({ name }) => (result.samples[name]?.length ?? 0) > 0)
    .map(({ name, title }) => [title, ...result.columns.map((column) => cell(result, name, column))]);
  return table(['', ...result.columns.map(({ heading }) => heading)], rows);
}

/** What must not happen and did, so that no figure stands there without it. */
function faultsIn(results: Results, result: WorkloadResult): string[] {
  const lines = results.peers.flatMap(({ name, title }) => {
    const texts = new Set((result.samples[name] ?? []).flatMap(({ faultTexts }) => faultTexts));
    return [...texts].slice(0, MAX_FAULTS).map((text) => `- ${title}: ${text.replaceAll(/\s+/g, ' ').slice(0, 300)}`);
  });
  return lines.length === 0 ? [] : ['What went wrong:', '', ...lines, ''];
}

function cell(result: WorkloadResult, peer: string, { key, digits = 0 }: Column): string {
  const value = SUMMED.test(key) && digits === 0 ? totalOf(result, peer, key) : medianOf(result, peer, key);
  return print(value, digits);
}

/** Thousands are set apart; what is not there is a dash. */
export function print(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '-';
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
