// Builds what is run built: the packages (which is the type check, too), the demo page, the harness page of the
// end-to-end tests and the page of the chaos runs. A page is built again only when something that it may contain is newer than it.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './process.ts';
import type { Step } from './steps.ts';

const SDK_SOURCES = ['packages/protocol/src', 'packages/client-sdk/src', 'pnpm-lock.yaml'];
const PAGES = [
  { folder: 'packages/demo-web', sources: ['packages/demo-web', ...SDK_SOURCES] },
  { folder: 'e2e/harness', sources: ['e2e/harness', ...SDK_SOURCES] },
  { folder: 'reliability/chaos/page', sources: ['reliability/chaos/page', 'reliability/chaos/actors', ...SDK_SOURCES] },
];

export const buildStep: Step = {
  name: 'build and types',
  run: async () => ((await buildPackages()) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }),
};

export const pagesStep: Step = {
  name: 'pages',
  needs: ['build and types'],
  run: async () => ((await buildPages()) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }),
};

export async function buildPackages(): Promise<boolean> {
  // The compiler trusts its notes of the last build, so a dist that was deleted by hand has to be asked for.
  const isMissing = ['server', 'client-sdk', 'protocol'].some(
    (name) => !existsSync(join(ROOT, 'packages', name, 'dist')),
  );
  return (await run('tsc', ['-b', ...(isMissing ? ['--force'] : [])])) === 0;
}

export async function buildPages(only?: string): Promise<boolean> {
  for (const { folder, sources } of PAGES) {
    if (only !== undefined && folder !== only) continue;
    const page = join(ROOT, folder, 'dist', 'index.html');
    if (existsSync(page) && newest(sources) <= statSync(page).mtimeMs) {
      console.log(`${folder} is up to date`);
      continue;
    }
    if ((await run('vite', ['build', '--logLevel', 'warn'], { cwd: join(ROOT, folder) })) !== 0) return false;
    console.log(`${folder} is built`);
  }
  return true;
}

function newest(sources: readonly string[]): number {
  return Math.max(...sources.map((source) => newestIn(join(ROOT, source))));
}

function newestIn(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(path).filter((name) => name !== 'node_modules' && name !== 'dist');
  return Math.max(stat.mtimeMs, ...inside.map((name) => newestIn(join(path, name))));
}
