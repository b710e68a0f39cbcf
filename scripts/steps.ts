// A run is a list of steps. Each prints a heading, does its work and counts what passed and failed; the last line of the
// run is the sum, in the form that continuous integration reads.

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, type RunOptions } from './process.ts';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped?: number;
}

export interface Step {
  readonly name: string;
  /** Steps whose failure makes this one pointless: it is then counted as failed without being run. */
  readonly needs?: readonly string[];
  run(): Promise<Tally>;
}

const REPORTS = join(ROOT, '.cache', 'reports');
const FAILED: Tally = { passed: 0, failed: 1 };

/** Runs every step, also after a failure, and sets the exit code. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  const results = new Map<string, Tally & { ms: number; note: string }>();
  for (const step of steps) {
    console.log(`\n==> ${step.name}`);
    const startedAt = performance.now();
    const missing = (step.needs ?? []).filter((name) => (results.get(name)?.failed ?? 0) > 0);
    const tally = missing.length > 0 ? FAILED : await step.run();
    const note = missing.length > 0 ? `not run, as ${missing.join(', ')} failed` : '';
    if (note !== '') console.log(note);
    results.set(step.name, { ...tally, ms: performance.now() - startedAt, note });
  }

  console.log('\n==> summary');
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, { passed, failed, skipped = 0, ms, note }] of results) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
    const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    console.log(
      `${failed > 0 ? 'FAIL' : 'ok  '} ${name.padEnd(16)} ${counts} (${(ms / 1000).toFixed(1)} s) ${note}`.trimEnd(),
    );
  }
  process.exitCode = total.failed > 0 ? 1 : 0;
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

/** A step that is one program: passed when it exits with 0. */
export function commandStep(name: string, command: string, args: readonly string[], options: RunOptions = {}): Step {
  return {
    name,
    async run() {
      return (await run(command, args, options)) === 0 ? { passed: 1, failed: 0 } : FAILED;
    },
  };
}

export function vitestStep(project: string): Step {
  return {
    name: `${project} tests`,
    async run() {
      const report = reportFile(`vitest-${project}.json`);
      const args = [
        'run',
        '--project',
        project,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ];
      const code = await run('vitest', args);
      const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = readReport(report);
      return tallyOf(code, Number(numPassedTests), Number(numFailedTests), Number(numPendingTests));
    },
  };
}

export function playwrightStep(name: string, needs: readonly string[]): Step {
  return { name, needs, run: () => runPlaywright() };
}

export interface PlaywrightRun {
  args?: readonly string[];
  onOutput?: (text: string) => void;
}

export async function runPlaywright({ args = [], onOutput }: PlaywrightRun = {}): Promise<Tally> {
  const report = reportFile('playwright.json');
  const options: RunOptions = { cwd: join(ROOT, 'e2e'), env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report } };
  const command = ['test', '--reporter=list,json', '--pass-with-no-tests', ...args];
  const code = await run('playwright', command, onOutput === undefined ? options : { ...options, onOutput });
  const stats = (readReport(report)['stats'] ?? {}) as Record<string, number>;
  // A test that passed only on a second try did not pass: there are no retries here.
  return tallyOf(
    code,
    stats['expected'] ?? 0,
    (stats['unexpected'] ?? 0) + (stats['flaky'] ?? 0),
    stats['skipped'] ?? 0,
  );
}

/** A run that failed outside of any test (a file that does not load, a crash) still counts as a failure. */
function tallyOf(code: number, passed: number, failed: number, skipped: number): Tally {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
}

function reportFile(name: string): string {
  mkdirSync(REPORTS, { recursive: true });
  const path = join(REPORTS, name);
  rmSync(path, { force: true });
  return path;
}

function readReport(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
