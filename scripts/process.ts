// Runs one program at a time for a task, and ends it when the task is told to end.

import { spawn, type ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = dirname(dirname(fileURLToPath(import.meta.url)));

export interface RunOptions {
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Called with what the program prints; without it the output goes to ours. */
  onOutput?: (text: string) => void;
}

const running = new Set<ChildProcess>();
let isEnding = false;

function endAll(): void {
  isEnding = true;
  for (const child of running) child.kill('SIGTERM');
  setTimeout(() => process.exit(130), 5000).unref();
}

/** To be called once by a task that runs programs: makes signals, and the end of our parent, end them too. */
export function endChildrenWithUs(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, endAll);
  if (process.send !== undefined) {
    process.on('disconnect', endAll);
    process.channel?.unref();
  }
}

/** Resolves with the exit code; 127 when the program could not be started, 1 when a signal ended it. */
export function run(
  command: string,
  args: readonly string[],
  { cwd = ROOT, env, onOutput }: RunOptions = {},
): Promise<number> {
  if (isEnding) return Promise.resolve(130);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', onOutput === undefined ? 'inherit' : 'pipe', onOutput === undefined ? 'inherit' : 'pipe'],
    });
    running.add(child);
    const finish = (code: number): void => {
      running.delete(child);
      resolve(code);
    };
    child.stdout?.on('data', (chunk: Buffer) => onOutput?.(chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => onOutput?.(chunk.toString()));
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      finish(127);
    });
    child.on('close', (code) => finish(code ?? 1));
  });
}
