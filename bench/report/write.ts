// Writes the report into a folder: results.md, results.json, and the charts.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartsOf } from './charts.ts';
import { toMarkdown } from './markdown.ts';
import type { Results } from './results.ts';

export function writeReport(folder: string, results: Results, note: string): void {
  mkdirSync(folder, { recursive: true });
  const charts = chartsOf(results);
  for (const { file, svg } of charts) writeFileSync(join(folder, file), svg);
  const files = Object.fromEntries(charts.map(({ workload, file }) => [workload, file]));
  writeFileSync(join(folder, 'results.md'), toMarkdown(results, { charts: files, note }));
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
}
