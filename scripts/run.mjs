// What `npm run demo`, `npm test` and their like start: sets up what the task needs on whatever Node is installed (18 or
// later), then runs the task on the pinned Node. Plain JavaScript, as it runs before anything is installed.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHROMIUM_HINT, ensureChromium } from './setup/chromium.mjs';
import { ensureDependencies, nodeBinary } from './setup/dependencies.mjs';
import { ensureRedis, REDIS_HINT } from './setup/redis.mjs';
import { say, SetupError } from './setup/say.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @typedef {{ redis?: 'must' | 'may', chromium?: 'must' }} Needs */

/**
 * What each task needs beside the dependencies: 'must' stops the run when it is not to be had.
 * @type {Readonly<Record<string, Needs>>}
 */
const TASKS = {
  bench: { redis: 'must' },
  build: {},
  chaos: { redis: 'must', chromium: 'must' },
  check: { redis: 'must' },
  demo: { redis: 'may' },
  fuzz: {},
  mutate: { redis: 'must' },
  soak: { redis: 'must' },
  rivals: { redis: 'must' },
  screenshots: { redis: 'must', chromium: 'must' },
  simulate: {},
  stability: { redis: 'must', chromium: 'must' },
  test: { redis: 'must', chromium: 'must' },
};

async function main() {
  const [name = '', ...args] = process.argv.slice(2);
  const needs = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
  if (needs === undefined) throw new SetupError(`unknown task ${name}; there are ${Object.keys(TASKS).join(', ')}`);
  const env = prepare(needs, name);
  process.exitCode = await runOnPinnedNode(join(root, 'scripts', 'tasks', `${name}.ts`), args, env);
}

/**
 * @param {Needs} needs
 * @param {string} name
 */
function prepare(needs, name) {
  ensureDependencies(root);
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}` };
  const usesGivenRedis = name === 'demo' && Boolean(process.env.REDIS_URL);
  if (needs.redis !== undefined && !usesGivenRedis) {
    const redis = ensureRedis(root);
    if (redis !== undefined) env.REDIS_SERVER_BIN = redis;
    else if (needs.redis === 'must')
      throw new SetupError(`the tests start their own Redis and none is installed. Run: ${REDIS_HINT}`);
    else say(`no Redis here, going on with the embedded engine (for the real one: ${REDIS_HINT})`);
  }
  if (needs.chromium === 'must') {
    const chromium = ensureChromium(root);
    if (chromium === undefined) throw new SetupError(`the browser tests need a Chromium. Run: ${CHROMIUM_HINT}`);
    if (chromium.path !== undefined) env.CHROMIUM_PATH = chromium.path;
  }
  return env;
}

/**
 * Signals are passed on; a task whose parent vanished sees its channel close and ends itself.
 * @param {string} script
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} the exit code
 */
function runOnPinnedNode(script, args, env) {
  return new Promise((resolve) => {
    const child = spawn(nodeBinary(root), [script, ...args], {
      cwd: root,
      env,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.on(signal, () => child.kill(signal));
    endWithNpm(() => child.kill('SIGTERM'));
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * npm runs us in a shell that takes its signals and does not pass them on: when either of the two is gone, so is whoever
 * asked for us.
 * @param {() => void} end
 */
function endWithNpm(end) {
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(timer);
    end();
  }, 500);
  timer.unref();
}

/** Our parent and, under npm on Linux, its parent. */
function ancestors() {
  if (process.platform !== 'linux' || process.env.npm_lifecycle_event === undefined) return String(process.ppid);
  try {
    // `pid (name) state ppid …`; the name may hold anything.
    const [, grandparent] = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return `${process.ppid} ${grandparent}`;
  } catch {
    return String(process.ppid);
  }
}

main().catch((error) => {
  console.error(error instanceof SetupError ? `setup: ${error.message}` : error);
  process.exitCode = 1;
});
