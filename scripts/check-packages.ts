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

/** Says what a program printed only when it failed: on success its output is a page of tables. */
async function check(title: string, command: string, args: readonly string[], cwd: string = ROOT): Promise<void> {
  let output = '';
  const code = await run(command, args, { cwd, onOutput: (text) => void (output += text) });
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${title}`);
  if (code === 0) return;
  console.error(output);
  failures += 1;
}

for (const name of PUBLISHED) {
  // pnpm, as npm would leave out what publishConfig says and keep the workspace's own version ranges.
  const cwd = join(ROOT, 'packages', name);
  await check(`pack ${name}`, 'npx', ['-y', PNPM, 'pack', '--pack-destination', WORK], cwd);
}
for (const tarball of readdirSync(WORK)) {
  await check(`publint ${tarball}`, 'publint', ['run', '--strict', join(WORK, tarball)]);
  await check(`types ${tarball}`, 'attw', [join(WORK, tarball), '--profile', 'esm-only', '--no-emoji', '-f', 'ascii']);
}
process.exitCode = failures > 0 ? 1 : 0;
