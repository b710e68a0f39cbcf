// Starts a server script of a rival in a process of its own and learns its port from the first line that it prints.

import { fileURLToPath } from 'node:url';
import { spawnChild, type Child } from '@holdline/testkit';

const START_DEADLINE_MS = 15_000;

export interface ChildServer {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startServerScript(script: string, redisUrl: string): Promise<ChildServer> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawnChild(process.execPath, [path], { env: { ...process.env, REDIS_URL: redisUrl } });
  const port = await firstPort(child, script);
  return {
    port,
    async stop() {
      await child.end('SIGTERM', 2000);
    },
  };
}

function firstPort(child: Child, script: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let [out, err] = ['', ''];
    const timer = setTimeout(() => fail('was silent'), START_DEADLINE_MS);
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.process.kill('SIGKILL');
      reject(new Error(`${script} ${why}\n${err}`));
    };
    child.process.stderr?.on('data', (chunk: Buffer) => (err = (err + chunk.toString()).slice(-4096)));
    child.process.stdout?.on('data', (chunk: Buffer) => {
      if (out.includes('\n')) return;
      out += chunk.toString();
      if (!out.includes('\n')) return;
      clearTimeout(timer);
      resolve(Number(out.trim()));
    });
    void child.exited.then(() => fail('ended before it listened'));
  });
}
