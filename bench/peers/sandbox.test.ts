import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually, spawnChild } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

/** A busy machine may take its time; nothing here is about speed. */
const PATIENT = { deadlineMs: 30_000 };
const TIMEOUT_MS = 90_000;
const CHILD = fileURLToPath(new URL('./sandbox.child.ts', import.meta.url));

interface Told {
  readonly folder: string;
  readonly pids: readonly number[];
}

/** Killed processes may stay in the table until somebody asks for their end. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test.for(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  'after %s nothing is left: no program, nothing that it forked, no folder',
  { timeout: TIMEOUT_MS },
  async (signal) => {
    const owner = spawnChild(process.execPath, ['-C', '@holdline/source', CHILD]);
    const { folder, pids } = await new Promise<Told>((resolve, reject) => {
      owner.process.stdout?.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as Told));
      void owner.exited.then(() => reject(new Error('it ended')));
    });
    expect(pids.map(isAlive)).toEqual([true, true]);

    await owner.end(signal);

    await eventually(() => expect(pids.map(isAlive)).toEqual([false, false]), PATIENT);
    await eventually(() => expect(existsSync(folder)).toBe(false), PATIENT);
  },
);

test('a program that ends at once is reported with what it said', { timeout: TIMEOUT_MS }, async () => {
  const sandbox = new Sandbox();

  const run = sandbox.run({ command: '/bin/sh', args: ['-c', 'echo no such setting >&2; exit 1'], ports: [1] });

  await expect(run).rejects.toThrow('no such setting');
  await sandbox.stop();
  expect(existsSync(sandbox.folder)).toBe(false);
});
