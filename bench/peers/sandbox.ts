// Programs that were not written for this bench: a folder for their files and a group of processes for each, all gone when the sandbox
// is, whatever happens. Programs fork workers, so each is a process group of its own and ends as one; and because a killed
// bench can end nothing any more, a shell outside waits at a pipe for our end, then kills the groups and removes the folder.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { spawnChild, type Child } from '@holdline/testkit';

/** Each line that it reads is the whole list of groups that are alive. */
const GUARD = `while read -r line; do groups=$line; done
for group in $groups; do kill -s KILL -- "-$group"; done 2>/dev/null
rm -rf -- "$1"`;
/** Erlang takes ten seconds to start, and minutes on a machine that is busy with other things. */
const START_DEADLINE_MS = 300_000;
const STOP_GRACE_MS = 5000;
const POLL_MS = 25;
const MAX_OUTPUT = 8192;
/** Debian puts servers where the PATH of a user does not look. */
const FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/opt/homebrew/bin'];

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** It has started when all of these take connections. */
  readonly ports: readonly number[];
}

/** Where a program is installed, or null. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...FOLDERS];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** The first thing in what a program says of itself that looks like a version. */
export function versionOf(name: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(findProgram(name) ?? name, args, { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}

export class Sandbox {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdline-bench-'));
  readonly #guard: ChildProcess;
  readonly #programs: Program[] = [];

  constructor() {
    // In a session of its own: Ctrl-C is for us, and then it still has work to do.
    this.#guard = spawn('/bin/sh', ['-c', GUARD, 'guard', this.folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard.unref();
  }

  /** Starts it and waits until it takes connections. */
  async run(options: ProgramOptions): Promise<Program> {
    const program = new Program(options, this.folder, () => this.#tellGuard());
    this.#programs.push(program);
    await program.start();
    return program;
  }

  /** Ends all programs in order, the newest first, and removes the folder. */
  async stop(): Promise<void> {
    for (const program of this.#programs.toReversed()) await program.stop();
    const gone = new Promise((resolve) => this.#guard.once('exit', resolve));
    this.#guard.ref();
    this.#guard.stdin!.end();
    await gone;
  }

  #tellGuard(): void {
    const alive = this.#programs.filter(({ isRunning }) => isRunning).map(({ pid }) => pid);
    this.#guard.stdin!.write(`${alive.join(' ')}\n`);
  }
}

export class Program {
  readonly #options: ProgramOptions;
  readonly #folder: string;
  readonly #onChange: () => void;
  #child: Child | null = null;

  constructor(options: ProgramOptions, folder: string, onChange: () => void) {
    this.#options = options;
    this.#folder = folder;
    this.#onChange = onChange;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** Starts it, again after `kill` or `stop`, with the same files. */
  async start(): Promise<void> {
    const { command, args, env, ports } = this.#options;
    const { PATH, TMPDIR } = process.env;
    const child = spawnChild(command, args, { cwd: this.#folder, env: { PATH, TMPDIR, HOME: this.#folder, ...env } });
    this.#child = child;
    this.#onChange();
    let said = '';
    const read = (chunk: Buffer): void => void (said = (said + chunk.toString()).slice(-MAX_OUTPUT));
    child.process.stdout?.on('data', read);
    child.process.stderr?.on('data', read);
    const deadline = Date.now() + START_DEADLINE_MS;
    for (const port of ports) {
      while (!(await takesConnections(port))) {
        if (child.hasExited) throw new Error(`${command} ended before it took connections\n${said}`);
        if (Date.now() > deadline) throw new Error(`${command} took no connections on port ${port}\n${said}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  /** Ends it and all that it has forked, without a word. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL', 0);
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM', STOP_GRACE_MS);
  }

  async #end(signal: NodeJS.Signals, graceMs: number): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    if (!child.hasExited) child.process.kill(signal);
    // A child counts as ended when its output is closed, so this waits for what it has forked as well.
    const timer = setTimeout(() => killGroup(child.pid), graceMs);
    await child.exited;
    clearTimeout(timer);
    killGroup(child.pid);
    this.#child = null;
    this.#onChange();
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const done = (isTaken: boolean): void => {
      socket.destroy();
      resolve(isTaken);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
