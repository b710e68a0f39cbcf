// What the figures were made on: the machine, and the versions of everything that took part.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem, type } from 'node:os';
import { findRedisBinary } from '@holdline/testkit';
import type { Machine } from '../report/results.ts';

const PACKAGES = ['ws', 'ioredis', 'socket.io', '@socket.io/redis-adapter', '@socket.io/redis-streams-adapter'];
const require = createRequire(import.meta.url);

export function describeMachine(command: string, extraVersions: Readonly<Record<string, string>>): Machine {
  const processors = cpus();
  return {
    command,
    at: `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('-')[0]}`,
    versions: { Node: process.version.slice(1), Redis: redisVersion(), ...packageVersions(), ...extraVersions },
  };
}

function redisVersion(): string {
  const binary = findRedisBinary();
  if (binary === undefined) return 'none';
  const text = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  return /v=(\S+)/.exec(text)?.[1] ?? text.trim();
}

const packageVersions = (): Record<string, string> =>
  Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)]));

/** Not every package exports its package.json, so it is looked for where its entry is. */
function versionOf(name: string): string {
  const entry = require.resolve(name);
  const folder = entry.slice(0, entry.lastIndexOf(`/node_modules/${name}/`) + `/node_modules/${name}/`.length);
  return (JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { version: string }).version;
}
