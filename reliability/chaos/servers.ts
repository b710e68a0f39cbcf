// The server processes of a run. A server keeps its name and its wires; the process behind them comes and goes.

import { createProxy, spawnServer, type ServerProcess } from '@holdline/testkit';
import { RedisWire } from './links.ts';
import type { Page } from './actors/page.ts';
import { RETENTION_SETTING } from './retention.ts';
import type { RunServer } from './run-store.ts';

/** Deadlines short enough for many faults in a run, limits wide enough for what returns after an outage. */
export const SERVER_LIMITS = {
  heartbeatMs: 1500,
  drainMs: 1500,
  ratePerSecond: 3000,
  rateBurst: 6000,
  // So that a member which was away a moment reads the log, and not the memory of its server.
  windowBytes: 16_384,
} as const;

const SETTINGS: Readonly<Record<string, string>> = {
  HOLDLINE_HEARTBEAT_MS: String(SERVER_LIMITS.heartbeatMs),
  HOLDLINE_DRAIN_MS: String(SERVER_LIMITS.drainMs),
  HOLDLINE_RATE: String(SERVER_LIMITS.ratePerSecond),
  HOLDLINE_RATE_BURST: String(SERVER_LIMITS.rateBurst),
  HOLDLINE_WINDOW_BYTES: String(SERVER_LIMITS.windowBytes),
  HOLDLINE_RETENTION: RETENTION_SETTING,
  HOLDLINE_LOG_LEVEL: 'warn',
};

export class ChaosServer implements RunServer {
  readonly name: string;
  readonly index: number;
  readonly wire: RedisWire;
  #process: ServerProcess;
  #generation = 1;
  #pages: readonly Page[] = [];

  private constructor(index: number, wire: RedisWire, process: ServerProcess) {
    this.name = `s${index}`;
    this.index = index;
    this.wire = wire;
    this.#process = process;
  }

  static async start(index: number, redisUrl: string): Promise<ChaosServer> {
    const wire = new RedisWire(await createProxy({ target: redisUrl }));
    return new ChaosServer(index, wire, await startProcess(`s${index}-1`, wire));
  }

  get process(): ServerProcess {
    return this.#process;
  }

  /** The name of the process that runs now. */
  get instance(): string {
    return `${this.name}-${this.#generation}`;
  }

  get url(): string {
    return this.#process.url;
  }

  serve(pages: readonly Page[]): void {
    this.#pages = pages;
  }

  /** Pages that are connected to it. */
  get attached(): Page[] {
    return this.#pages.filter(({ progress }) => progress?.instance === this.instance);
  }

  /** A new process takes the place of one that has ended. */
  async startAgain(): Promise<void> {
    this.#generation += 1;
    this.#process = await startProcess(this.instance, this.wire);
    for (const { identity } of this.#pages) identity.wires.proxies[this.index]!.retarget(this.#process.url);
  }

  async drain(pauseMs: number): Promise<void> {
    await this.#process.sigterm();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    await this.startAgain();
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    await this.wire.proxy.close();
  }
}

const startProcess = (instance: string, { url }: RedisWire): Promise<ServerProcess> =>
  spawnServer({ redisUrl: url, env: { ...SETTINGS, HOLDLINE_INSTANCE: instance } });
