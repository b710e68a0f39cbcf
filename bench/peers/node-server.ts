// A server that runs on Node, in a process of its own: started, known by the port that its first line names, killed and started again.

import { spawnChild, type Child } from '@holdline/testkit';

const START_DEADLINE_MS = 20_000;
const MAX_OUTPUT = 16_384;

export interface NodeServerOptions {
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly nodeFlags: readonly string[];
}

/** The script is told PORT (0: a free one) and prints one JSON line with `msg: "listening"` and `port`. */
export class NodeServer {
  readonly #options: NodeServerOptions;
  #child: Child;
  #port: number;

  private constructor(options: NodeServerOptions, child: Child, port: number) {
    this.#options = options;
    this.#child = child;
    this.#port = port;
  }

  static async start(options: NodeServerOptions): Promise<NodeServer> {
    return new NodeServer(options, ...(await launch(options, 0)));
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return !this.#child.hasExited;
  }

  async kill(): Promise<void> {
    await this.#child.end('SIGKILL');
  }

  async restart(): Promise<void> {
    [this.#child, this.#port] = await launch(this.#options, this.#port);
  }

  async stop(): Promise<void> {
    await this.#child.end('SIGTERM', 5000);
  }
}

async function launch({ entry, env, nodeFlags }: NodeServerOptions, port: number): Promise<[Child, number]> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawnChild(process.execPath, [...nodeFlags, entry], {
    env: { PATH, HOME, TMPDIR, ...env, PORT: String(port) },
  });
  return [child, await portOf(child, entry)];
}

function portOf(child: Child, entry: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let [out, err] = ['', ''];
    const fail = (why: string): void => {
      clearTimeout(deadline);
      child.process.kill('SIGKILL');
      reject(new Error(`${entry} ${why}\n${out}\n${err}`));
    };
    const deadline = setTimeout(() => fail('was silent'), START_DEADLINE_MS);
    child.process.stderr?.on('data', (chunk: Buffer) => (err = (err + chunk.toString()).slice(-MAX_OUTPUT)));
    const read = (chunk: Buffer): void => {
      out = (out + chunk.toString()).slice(-MAX_OUTPUT);
      const line = out.split('\n').find((text) => text.includes('"msg":"listening"') && text.endsWith('}'));
      if (line === undefined) return;
      clearTimeout(deadline);
      // Read on, or a server that logs would wait for us once the pipe is full.
      child.process.stdout?.off('data', read).resume();
      resolve(Number((JSON.parse(line) as { port: number }).port));
    };
    child.process.stdout?.on('data', read);
    void child.exited.then(({ code, signal }) => fail(`ended (${signal ?? code}) before it listened`));
  });
}
