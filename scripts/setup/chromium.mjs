// A Chromium for the browser tests: CHROMIUM_PATH, a system one, one that Playwright fetched before, else a new one.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { aptInstall, aptUpdate, canInstall, hasCandidate } from './apt.mjs';
import { nodeBinary } from './dependencies.mjs';
import { say } from './say.mjs';
import { which } from './which.mjs';

export const CHROMIUM_HINT = 'npx playwright install --with-deps chromium';

/**
 * @param {string} root
 * @returns {{ path: string | undefined } | undefined} a system browser, or Playwright's own (no path needed); undefined for none
 */
export function ensureChromium(root) {
  const found = find(root);
  if (found !== undefined) {
    say(`Chromium is there: ${found.path ?? "Playwright's own"}`);
    return found;
  }
  if (!canInstall()) return undefined;
  aptUpdate(root);
  // Ubuntu's packages of that name only point to a snap, which does not run in a container.
  if (!isUbuntu() && hasCandidate('chromium')) aptInstall(['chromium', 'fonts-liberation'], root);
  else playwrightInstall(root);
  return find(root);
}

/** @param {string} root */
function find(root) {
  const candidates = [
    process.env.CHROMIUM_PATH,
    // The same engine without a window: a test costs a third less.
    which('chromium-headless-shell'),
    which('chromium'),
    which('chromium-browser'),
    which('google-chrome'),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  const path = candidates.find((candidate) => candidate !== undefined && existsSync(candidate) && runs(candidate));
  if (path !== undefined) return { path };
  return hasPlaywrightBrowser(root) ? { path: undefined } : undefined;
}

/** A stub that stands for a snap is on PATH and fails. @param {string} path */
function runs(path) {
  return spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0;
}

/** @param {string} root */
function hasPlaywrightBrowser(root) {
  const script = `const { chromium } = require('playwright');
    process.exit(require('fs').existsSync(chromium.executablePath()) ? 0 : 1)`;
  return spawnSync(nodeBinary(root), ['-e', script], { cwd: root }).status === 0;
}

/** @param {string} root */
function playwrightInstall(root) {
  say("fetching Playwright's Chromium and the libraries that it needs");
  spawnSync(nodeBinary(root), ['node_modules/playwright/cli.js', 'install', '--with-deps', 'chromium'], {
    cwd: root,
    stdio: 'inherit',
  });
}

function isUbuntu() {
  return existsSync('/etc/os-release') && /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
}
