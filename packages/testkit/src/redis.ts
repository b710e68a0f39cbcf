// A private Redis (or Valkey) for one test file or one demo: loopback, free port, own directory, gone with its owner.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Child, spawnChild } from './child.ts';
import { freePort } from './free-port.ts';

export interface RedisOptions {
  /** Keep an append-only file, so that `restart` brings the data back. @defaultValue false */
  appendonly?: boolean;
  /** @defaultValue 'everysec' */
  appendfsync?: 'always' | 'everysec' | 'no';
  /** @defaultValue a free one */
  port?: number;
  /** @defaultValue a temporary directory, removed by `stop` */
  dir?: string;
  /** Further settings, as in redis.conf. */
  config?: Readonly<Record<string, string>>;
}

export interface SpawnedRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dir: string;
  /** Ends it as a power cut would; `restart` brings it back. */
  kill9(): Promise<void>;
  /** Starts it again on the same port and directory; ends it in order first if it still runs. */
  restart(): Promise<void>;
  /** Freezes the process (SIGSTOP): connections stay open and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
  /** Runs one command with the command-line client and gives its raw output. */
  cli(...args: readonly string[]): Promise<string>;
}

const READY = 'Ready to accept connections';
const TAKEN = 'Address already in use';
const START_DEADLINE_MS = 10_000;

/** The server binary: REDIS_SERVER_BIN, else redis-server or valkey-server on PATH. */
export function findRedisBinary(): string | undefined {
  const named = process.env['REDIS_SERVER_BIN'];
  if (named !== undefined && named !== '') return named;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
  const candidates = ['redis-server', 'valkey-server'].flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((path) => existsSync(path));
}

export async function spawnRedis(options: RedisOptions = {}): Promise<SpawnedRedis> {
  const binary = findRedisBinary();
  if (binary === undefined)
    throw new Error('neither redis-server nor valkey-server is on PATH (or set REDIS_SERVER_BIN)');
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'holdline-redis-'));
  const removeDir = (): void => {
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  process.once('exit', removeDir);

  let port = options.port ?? (await freePort());
  let child = await startWithRetry().catch((error: unknown) => {
    process.off('exit', removeDir);
    removeDir();
    throw error;
  });

  async function startWithRetry(isRestart = false): Promise<Child> {
    for (let attempt = 1; ; attempt += 1) {
      const started = await start(binary!, port, dir, options);
      if (typeof started !== 'string') return started;
      if (!started.includes(TAKEN) || attempt >= 20)
        throw new Error(`Redis did not start on port ${port}:\n${started}`);
      // A first start may move to another port; a restart has to wait for its own.
      if (options.port === undefined && !isRestart) port = await freePort();
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  const resume = (): void => void child.process.kill('SIGCONT');

  return {
    get url() {
      return `redis://127.0.0.1:${port}`;
    },
    get port() {
      return port;
    },
    get pid() {
      return child.pid;
    },
    dir,
    async kill9() {
      await child.end('SIGKILL');
    },
    async restart() {
      resume();
      await child.end('SIGTERM');
      child = await startWithRetry(true);
    },
    pause: () => void child.process.kill('SIGSTOP'),
    resume,
    async stop() {
      resume();
      await child.end('SIGTERM', 3000);
      process.off('exit', removeDir);
      removeDir();
    },
    async cli(...args) {
      const client = join(dirname(binary), binary.endsWith('valkey-server') ? 'valkey-cli' : 'redis-cli');
      const { stdout } = await promisify(execFile)(client, ['-h', '127.0.0.1', '-p', String(port), ...args], {
        maxBuffer: 64 * 1024 * 1024,
      });
      return stdout.trimEnd();
    },
  };
}

/** The running child, or what it printed when it ended before it was ready. */
async function start(binary: string, port: number, dir: string, options: RedisOptions): Promise<Child | string> {
  const settings: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir,
    save: '',
    daemonize: 'no',
    appendonly: options.appendonly === true ? 'yes' : 'no',
    appendfsync: options.appendfsync ?? 'everysec',
    ...options.config,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawnChild(binary, args);

  return new Promise((resolve) => {
    let output = '';
    const read = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-16_384);
      if (!output.includes(READY)) return;
      child.process.stdout?.off('data', read).resume();
      finish(child);
    };
    const deadline = setTimeout(() => {
      child.process.kill('SIGKILL');
      finish(`${output}\nnot ready within ${START_DEADLINE_MS} ms`);
    }, START_DEADLINE_MS);
    const finish = (result: Child | string): void => {
      clearTimeout(deadline);
      resolve(result);
    };
    child.process.stdout?.on('data', read);
    child.process.stderr?.on('data', read);
    void child.exited.then(() => finish(output));
  });
}
