/** One run of vitest in a copy of the tree, with a deadline, and what it said. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface TestRun {
  readonly isGreen: boolean;
  readonly failed: readonly string[];
  /** The last lines of the output, for a run that failed outside of any test. */
  readonly tail: string;
}

export interface TestSelection {
  readonly project: string;
  readonly files: readonly string[];
}

interface JsonReport {
  readonly numPassedTests?: number;
  readonly testResults?: readonly {
    readonly message?: string;
    readonly status?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const TAIL_CHARS = 2000;
const ENOUGH_RED = 8;

export async function runTests(root: string, { project, files }: TestSelection, deadlineMs: number): Promise<TestRun> {
  const report = join(root, 'mutation-report.json');
  rmSync(report, { force: true });
  // A few red tests are enough: with a fault in the middle of things the rest would only wait for what never comes.
  const args = [
    'run',
    '--project',
    project,
    `--bail=${ENOUGH_RED}`,
    '--reporter=json',
    `--outputFile=${report}`,
    ...files,
  ];
  let output = '';
  const code = await new Promise<number | null>((resolve) => {
    // A group of its own: the workers of vitest have to end with it.
    const child = spawn(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-TAIL_CHARS));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), deadlineMs);
    child.on('exit', (exit) => {
      clearTimeout(timer);
      resolve(exit);
    });
    child.on('error', () => resolve(127));
  });
  const results = readReport(report);
  const failed = (results.testResults ?? []).flatMap(({ assertionResults, status, message = '' }) => {
    const titles = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName.trim());
    // A file that does not load has no titles.
    return titles.length === 0 && status === 'failed'
      ? [`a file that does not load: ${message.split('\n')[0]}`]
      : titles;
  });
  if (code === null) failed.push(`no end within ${deadlineMs / 1000} s`);
  return { isGreen: code === 0 && (results.numPassedTests ?? 0) > 0, failed, tail: output };
}

function readReport(path: string): JsonReport {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JsonReport;
  } catch {
    return {};
  }
}
