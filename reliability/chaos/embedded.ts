// The embedded engine as the run sees it: one process with all servers. Killing it loses everything, as memory does.

import { fileURLToPath } from 'node:url';
import { spawnChild, type Child } from '@holdline/testkit';
import type { ControlCall, HostMessage, HostRequest, HostServer } from './actors/embedded-messages.ts';
import type { Page } from './actors/page.ts';
import type { RunServer, RunStore } from './run-store.ts';
import { SERVER_LIMITS } from './servers.ts';
import type { Fetch, RoomContent } from './streams.ts';

const ENTRY = fileURLToPath(new URL('actors/embedded-host.ts', import.meta.url));
const START_DEADLINE_MS = 20_000;

export class EmbeddedHost implements RunStore {
  readonly #count: number;
  #child: Child | undefined;
  servers: readonly EmbeddedServer[] = [];
  #lastId = 0;
  readonly #open = new Map<number, (value: unknown) => void>();

  private constructor(count: number) {
    this.#count = count;
  }

  static async start(count: number): Promise<EmbeddedHost> {
    const host = new EmbeddedHost(count);
    const servers = await host.#spawn();
    host.servers = servers.map((server, index) => new EmbeddedServer(host, index, server));
    return host;
  }

  pause(): void {
    this.#child?.process.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.process.kill('SIGCONT');
  }

  /** Ends the process with all that it holds. */
  async kill(): Promise<void> {
    await this.#child?.end('SIGKILL');
    this.#open.clear();
  }

  async revive(): Promise<void> {
    const servers = await this.#spawn();
    for (const [index, server] of this.servers.entries()) server.moved(servers[index]!);
  }

  fetch(control: ControlCall | null = null): Fetch {
    return async (rooms, from) =>
      (await this.ask({
        type: 'read',
        from: rooms.map((room) => [room, from(room)] as const),
        control,
      })) as readonly RoomContent[];
  }

  async positions(rooms: readonly string[]): Promise<readonly (string | null)[]> {
    // From an ID beyond all of ours: the positions alone.
    const contents = await this.fetch()(rooms, () => '999999999999999-0');
    return contents.map(({ position }) => position);
  }

  async control(...control: ControlCall): Promise<void> {
    await this.ask({ type: 'control', control });
  }

  /** Without an answer when the process dies meanwhile; whoever asks has a deadline of their own. */
  ask(request: HostRequest): Promise<unknown> {
    const id = (this.#lastId += 1);
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      this.#child?.process.send({ id, request });
    });
  }

  async stop(): Promise<void> {
    await this.kill();
  }

  async #spawn(): Promise<readonly HostServer[]> {
    // The test hooks are in no built package.
    const args = ['-C', '@holdline/source', ENTRY, String(this.#count), JSON.stringify(SERVER_LIMITS)];
    const child = spawnChild(process.execPath, args, { ipc: true });
    this.#child = child;
    child.process.stdout?.resume();
    child.process.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error('the embedded servers did not start')), START_DEADLINE_MS);
      child.process.on('message', (message: HostMessage) => {
        if (message.type === 'ready') {
          clearTimeout(deadline);
          return resolve(message.servers);
        }
        this.#open.get(message.id)?.(message.value);
        this.#open.delete(message.id);
      });
    });
  }
}

export class EmbeddedServer implements RunServer {
  readonly name: string;
  readonly #host: EmbeddedHost;
  readonly #index: number;
  #server: HostServer;
  #pages: readonly Page[] = [];

  constructor(host: EmbeddedHost, index: number, server: HostServer) {
    this.name = `s${index}`;
    this.#host = host;
    this.#index = index;
    this.#server = server;
  }

  get url(): string {
    return this.#server.url;
  }

  get instance(): string {
    return this.#server.instance;
  }

  get attached(): Page[] {
    return this.#pages.filter(({ progress }) => progress?.instance === this.instance);
  }

  serve(pages: readonly Page[]): void {
    this.#pages = pages;
  }

  async drain(): Promise<void> {
    this.moved((await this.#host.ask({ type: 'restart', index: this.#index })) as HostServer);
  }

  moved(server: HostServer): void {
    this.#server = server;
    for (const { identity } of this.#pages) identity.wires.proxies[this.#index]!.retarget(server.url);
  }

  /** Its process is that of the host. */
  stop(): Promise<void> {
    return Promise.resolve();
  }
}
