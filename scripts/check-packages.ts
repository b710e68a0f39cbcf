// What would be published is fit to be: packed as pnpm publishes it, then looked at by publint and by attw.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './process.ts';
import { PNPM } from './setup/dependencies.mjs';

const PUBLISHED = ['protocol', 'server', 'client-sdk'];
const WORK = join(ROOT, '.cache', 'packed');

rmSync(WORK, { recursive: true, force: true });
mkdirSync(WORK, { recursive: true });

let failures = 0;
for (const name of PUBLISHED) {
  const cwd = join(ROOT, 'packages', name);
  let output = '';
  const options = { cwd, onOutput: (text: string) => void (output += text) };
  // pnpm, as npm would leave out what publishConfig says and keep the workspace's own version ranges.
  if ((await run('npx', ['-y', PNPM, 'pack', '--pack-destination', WORK], options)) !== 0) {
    console.error(output);
    failures += 1;
  }
}

for (const tarball of readdirSync(WORK)) {
  console.log(tarball);
  if ((await run('publint', ['run', '--strict', join(WORK, tarball)])) !== 0) failures += 1;
  if ((await run('attw', [join(WORK, tarball), '--profile', 'esm-only', '--no-emoji', '-f', 'ascii'])) !== 0)
    failures += 1;
}
process.exitCode = failures > 0 ? 1 : 0;
