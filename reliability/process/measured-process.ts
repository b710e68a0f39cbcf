/** The outside of a process that is measured: starts it from a TypeScript entry, asks it, and ends it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { growthOf } from './growth.ts';
import type { Measure } from './measured.ts';

export interface MeasuredProcess {
  readonly pid: number;
  readonly hasExited: boolean;
  measure(): Promise<Measure>;
  /** Measures until nothing has grown since `before`, or for so long; the last measure. */
  measureAtRest(before: Measure, deadlineMs: number): Promise<Measure>;
  /** Runs one of its commands. Rejects when it fails, or the process ends first. */
  ask<T>(command: string, argument?: unknown): Promise<T>;
  /** Asks it to end, and ends it by force if it does not. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface Waiter {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const STOP_GRACE_MS = 10_000;
const MAX_OUTPUT = 16_384;

/** Resolves when the process answers. `env` comes on top of ours. */
export async function startMeasured(entry: URL, env: Readonly<Record<string, string>> = {}): Promise<MeasuredProcess> {
  const child = fork(fileURLToPath(entry), [], {
    execArgv: ['--expose-gc', '-C', '@holdline/source'],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const waiting = new Map<number, Waiter>();
  let output = '';
  let lastId = 0;
  const keepOutput = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-MAX_OUTPUT));
  child.stdout?.on('data', keepOutput);
  child.stderr?.on('data', keepOutput);
  const ready = new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }));
  child.on('message', (reply: Reply) => {
    const waiter = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error === undefined) waiter?.resolve(reply.result);
    else waiter?.reject(new Error(reply.error));
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const waiter of waiting.values())
        waiter.reject(new Error(`the process ended (${signal ?? code})\n${output}`));
      waiting.clear();
      resolve();
    });
  });
  const ask = (command: string, argument?: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (!child.connected) return reject(new Error(`the process has ended\n${output}`));
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      child.send({ id: lastId, command, argument });
    });
  await ready;

  return {
    pid: child.pid ?? -1,
    get hasExited() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    measure: () => ask('measure') as Promise<Measure>,
    async measureAtRest(before, deadlineMs) {
      const endsAt = performance.now() + deadlineMs;
      for (;;) {
        const measure = (await ask('measure')) as Measure;
        if (growthOf(before, measure).length === 0 || performance.now() >= endsAt) return measure;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    ask: (command, argument) => ask(command, argument) as never,
    async stop() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      await exited;
      clearTimeout(timer);
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
