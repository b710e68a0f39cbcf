// A load process as a workload sees it: the calls of LoadCalls, answered from another process.

import { fileURLToPath } from 'node:url';
import { spawnChild, type Child } from '@holdline/testkit';
import type { Burst, LoadCalls, Mark, OpenPlan, Returned, Settled } from './load-calls.ts';

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

const ENTRY = fileURLToPath(new URL('./load.child.ts', import.meta.url));
const MAX_STDERR = 4096;

export class LoadProcess implements LoadCalls {
  readonly #child: Child;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #calls = 0;

  constructor() {
    this.#child = spawnChild(process.execPath, [ENTRY], { ipc: true });
    let said = '';
    this.#child.process.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-MAX_STDERR)));
    this.#child.process.on('message', (answer: Answer) => this.#answered(answer));
    void this.#child.exited.then(({ code, signal }) => {
      const error = new Error(`a load process ended (${signal ?? code})\n${said}`);
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  open = (plan: OpenPlan): Promise<number> => this.#call('open', plan);
  startPublishing = (perPublisher: number): Promise<void> => this.#call('startPublishing', perPublisher);
  mark = (): Promise<Mark> => this.#call('mark');
  stopPublishing = (): Promise<readonly number[]> => this.#call('stopPublishing');
  settle = (published: readonly number[]): Promise<Settled> => this.#call('settle', published);
  publishBurst = (burst: Burst): Promise<number> => this.#call('publishBurst', burst);
  cutMembers = (): Promise<void> => this.#call('cutMembers');
  returnMembers = (published: readonly number[]): Promise<Returned> => this.#call('returnMembers', published);
  setSlow = (isPaused: boolean): Promise<void> => this.#call('setSlow', isPaused);

  async stop(): Promise<void> {
    await this.#child.end('SIGTERM', 2000);
  }

  #call<T>(name: keyof LoadCalls, ...args: readonly unknown[]): Promise<T> {
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      if (this.#child.hasExited) return reject(new Error(`a load process has ended before ${name}`));
      this.#waiting.set(id, { resolve, reject });
      this.#child.process.send({ id, name, args });
    });
  }

  #answered({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value as never);
    else waiting?.reject(new Error(error));
  }
}
