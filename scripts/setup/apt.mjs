// System packages through apt-get: only as root on Debian and its kin, never with a question, with patience for its locks.

import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { say } from './say.mjs';
import { which } from './which.mjs';

const LOCK_TRIES = 24;
const LOCK_PAUSE_MS = 5000;

let hasUpdated = false;

/** Whether we may install system packages here without asking anybody. */
export function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && which('apt-get') !== undefined;
}

/**
 * @param {string[]} packages
 * @param {string} root the repository, for the log file
 * @returns {boolean} whether they are installed now
 */
export function aptInstall(packages, root) {
  const log = join(root, '.cache', 'apt.log');
  mkdirSync(dirname(log), { recursive: true });
  say(`installing ${packages.join(', ')} with apt-get (its output: .cache/apt.log)`);
  if (!hasUpdated) hasUpdated = aptGet(['update', '-q'], log);
  return aptGet(['install', '-y', '-q', ...packages], log);
}

/** @param {string} name */
export function hasCandidate(name) {
  const { stdout } = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' });
  return /Candidate: (?!\(none\))/.test(stdout ?? '');
}

/**
 * @param {string} root
 */
export function aptUpdate(root) {
  if (hasUpdated) return;
  const log = join(root, '.cache', 'apt.log');
  mkdirSync(dirname(log), { recursive: true });
  say('reading the lists of apt-get');
  hasUpdated = aptGet(['update', '-q'], log);
}

/**
 * @param {string[]} args
 * @param {string} log
 */
function aptGet(args, log) {
  for (let attempt = 1; ; attempt += 1) {
    const result = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`;
    appendFileSync(log, `$ apt-get ${args.join(' ')}\n${output}\n`);
    if (result.status === 0) return true;
    // The lists have a lock of their own, for which apt-get does not wait.
    if (!/Could not get lock|is held by process/.test(output) || attempt >= LOCK_TRIES) {
      console.log(output.split('\n').slice(-15).join('\n'));
      say(`apt-get ${args[0]} failed`);
      return false;
    }
    say('another apt-get is running, waiting for it');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
  }
}
