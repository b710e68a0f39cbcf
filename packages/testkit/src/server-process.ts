// One holdline-server process: the built binary on a free port, its JSON log lines read, gone with its owner.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ChildExit, spawnChild } from './child.ts';

export interface ServerProcessOptions {
  /** Without it the server takes its embedded engine. */
  redisUrl?: string;
  /** On top of PORT=0, HOST=127.0.0.1, HOLDLINE_AUTH=open and HOLDLINE_ORIGINS=*. */
  env?: Readonly<Record<string, string>>;
  /** @defaultValue packages/server/dist/main.js */
  entry?: string;
  /** @defaultValue 15000 */
  startDeadlineMs?: number;
}

export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface ServerProcess {
  /** The URL that its readiness line named. */
  readonly url: string;
  readonly port: number;
  /** Its name for itself, as in welcome frames. */
  readonly instance: string;
  readonly engine: string;
  readonly pid: number;
  /** What it has logged so far: the newest MAX_LOG_LINES lines. */
  readonly logs: readonly LogLine[];
  /** What it has written to stderr so far (the newest part). */
  readonly stderr: string;
  readonly hasExited: boolean;
  readonly exited: Promise<ChildExit>;
  kill9(): Promise<ChildExit>;
  /** Asks it to drain; resolves when it has ended. */
  sigterm(): Promise<ChildExit>;
  /** Freezes it (SIGSTOP): connections stay open and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends it in order, by force after 5 s. */
  stop(): Promise<void>;
}

const MAX_LOG_LINES = 5000;
const MAX_STDERR_CHARS = 64 * 1024;
/** Passed on from our own environment; everything else would make a run depend on the machine. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'NODE_V8_COVERAGE'];
const BUILT_ENTRY = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url));

/** Resolves when the server says that it listens; rejects with its output when it ends or is silent before that. */
export async function spawnServer(options: ServerProcessOptions = {}): Promise<ServerProcess> {
  const entry = options.entry ?? BUILT_ENTRY;
  if (!existsSync(entry)) throw new Error(`${entry} is not there: build first (npm run build)`);
  const child = spawnChild(process.execPath, ['--enable-source-maps', entry], { env: environmentFor(options) });

  const logs: LogLine[] = [];
  let stderr = '';
  child.process.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-MAX_STDERR_CHARS);
  });

  const listening = await new Promise<LogLine>((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(deadline);
      child.process.kill('SIGKILL');
      const said = logs.map((line) => JSON.stringify(line)).join('\n');
      reject(new Error(`the server ${reason}\n${said}\n${stderr}`.trimEnd()));
    };
    const deadlineMs = options.startDeadlineMs ?? 15_000;
    const deadline = setTimeout(() => fail(`did not listen within ${deadlineMs} ms`), deadlineMs);
    readLines(child.process.stdout!, (text) => {
      const line = parseLogLine(text);
      logs.push(line);
      if (logs.length > MAX_LOG_LINES) logs.shift();
      if (line.msg !== 'listening') return;
      clearTimeout(deadline);
      resolve(line);
    });
    void child.exited.then(({ code, signal }) => fail(`ended (${signal ?? `code ${code}`}) before it listened`));
  });

  return {
    url: String(listening['url']),
    port: Number(listening['port']),
    instance: String(listening['instance']),
    engine: String(listening['engine']),
    pid: child.pid,
    logs,
    get stderr() {
      return stderr;
    },
    get hasExited() {
      return child.hasExited;
    },
    exited: child.exited,
    kill9: () => child.end('SIGKILL'),
    sigterm: () => child.end('SIGTERM', 60_000),
    pause: () => void child.process.kill('SIGSTOP'),
    resume: () => void child.process.kill('SIGCONT'),
    async stop() {
      child.process.kill('SIGCONT');
      await child.end('SIGTERM', 5000);
    },
  };
}

function environmentFor({ redisUrl, env }: ServerProcessOptions): NodeJS.ProcessEnv {
  const inherited = INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return {
    ...(Object.fromEntries(inherited) as Record<string, string>),
    PORT: '0',
    HOST: '127.0.0.1',
    HOLDLINE_AUTH: 'open',
    HOLDLINE_ORIGINS: '*',
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    ...env,
  };
}

function readLines(stream: NodeJS.ReadableStream, onLine: (text: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  });
}

function parseLogLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { msg: 'not-json', text };
  }
}
