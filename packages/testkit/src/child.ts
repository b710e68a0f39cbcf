// Child processes that never outlive the process that started them.
// On Linux the kernel sees to it (parent-death signal through setpriv), even after a SIGKILL of the parent; elsewhere an
// exit hook does what it can.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Settles when the process has ended and its output is read. */
  readonly exited: Promise<ChildExit>;
  readonly hasExited: boolean;
  /** Sends the signal and waits for the end; SIGKILL follows after `graceMs`. */
  end(signal: NodeJS.Signals, graceMs?: number): Promise<ChildExit>;
}

const SETPRIV = '/usr/bin/setpriv';
const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface ChildOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Opens a channel for messages (`process.send` in the child). @defaultValue false */
  ipc?: boolean;
}

export function spawnChild(
  command: string,
  args: readonly string[],
  { ipc = false, ...options }: ChildOptions = {},
): Child {
  const diesWithParent = process.platform === 'linux' && existsSync(SETPRIV);
  const child = spawn(
    diesWithParent ? SETPRIV : command,
    diesWithParent ? ['--pdeathsig', 'KILL', command, ...args] : args,
    // A group of its own, so that Ctrl-C in a terminal reaches us alone and we end our children in order.
    { stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])], detached: diesWithParent, ...options },
  );
  running.add(child);
  let hasExited = false;
  const exited = new Promise<ChildExit>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      hasExited = true;
      running.delete(child);
      resolve({ code, signal });
    };
    child.once('close', finish);
    child.once('error', () => finish(127, null));
  });

  return {
    process: child,
    pid: child.pid ?? -1,
    exited,
    get hasExited() {
      return hasExited;
    },
    async end(signal, graceMs = 10_000) {
      if (!hasExited) child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
}
