// Dependencies from the lockfile, with the one version of pnpm that this repository uses, fetched by npx.
// A stamp of every file that decides what is installed lets a second start skip it.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, say } from './say.mjs';

export const PNPM = 'pnpm@12.21.0';

/** @param {string} root */
export function nodeBinary(root) {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** @param {string} root */
export function ensureDependencies(root) {
  const stampFile = join(root, 'node_modules', '.holdline-installed');
  const stamp = fingerprint(root);
  const isCurrent = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (isCurrent && existsSync(nodeBinary(root))) {
    say('dependencies are up to date');
    return;
  }

  say(`installing dependencies from the lockfile (${PNPM} through npx)`);
  const result = spawnSync('npx', ['-y', PNPM, 'install', '--frozen-lockfile'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    // Without a terminal pnpm refuses to replace a node_modules of another version, except under CI.
    env: { ...process.env, CI: 'true' },
  });
  if (result.status !== 0) throw new SetupError('the dependencies could not be installed; the reason is above');
  if (!existsSync(nodeBinary(root))) throw new SetupError('the pinned Node is missing from node_modules/node');
  writeFileSync(stampFile, stamp);
}

/** @param {string} root */
function fingerprint(root) {
  const folders = ['', 'packages'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => join(root, parent, name)),
  );
  const manifests = [root, ...folders].map((folder) => join(folder, 'package.json')).filter((path) => existsSync(path));
  const hash = createHash('sha256');
  for (const path of [...manifests.sort(), join(root, 'pnpm-lock.yaml'), join(root, 'pnpm-workspace.yaml')]) {
    hash.update(readFileSync(path)).update('\0');
  }
  // Another system or processor needs other binaries in the same folder.
  return hash.update(`${process.platform}-${process.arch}`).digest('hex');
}
