// Everything that a run consists of: Redis, servers, browsers and their pages, with a proxy on every wire.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeBrowser } from './actors/node-side.ts';
import { Page, type PageBody, type PageIdentity } from './actors/page.ts';
import { Tabs, type Device } from './actors/tabs.ts';
import { createPageWires } from './links.ts';
import type { Targets } from './plan.ts';
import { EmbeddedHost } from './embedded.ts';
import { SMALL_ROOM } from './retention.ts';
import { ChaosServer } from './servers.ts';
import type { RunServer, RunStore } from './run-store.ts';
import { RedisStore } from './store.ts';
import { StreamReader, type ReadOptions } from './streams.ts';
import { TimeLine } from './time-line.ts';

export interface WorldOptions {
  readonly engine: 'redis' | 'embedded';
  readonly servers: number;
  readonly browsers: number;
  readonly pagesPerBrowser: number;
  readonly tabs: number;
  /** Of all pages together. */
  readonly ratePerSecond: number;
  readonly historyFolder: string;
}

const HOT_ROOMS = ['hot0', 'hot1', 'hot2', 'hot3'] as const;
const TAB_ROOM = 'tabs';
/** Nobody says anything there but the run itself. */
export const QUIET_ROOM = 'quiet';
export const ROOMS: readonly string[] = [...HOT_ROOMS, TAB_ROOM, SMALL_ROOM, QUIET_ROOM];
const READ_EVERY_MS = 1000;
const SLOW = 0.1;
/** A tab does more for a message than a Node page, most of it in the storage of the browser. */
const TAB_RATE = 8;

export class World {
  readonly timeLine: TimeLine;
  readonly streams: StreamReader;
  readonly servers: readonly RunServer[];
  readonly #store: RunStore;
  readonly browsers: NodeBrowser[] = [];
  /** Of two tabs each, but for the last where their number is odd. */
  readonly devices: Device[] = [];
  readonly pages: Page[] = [];
  /** What went wrong beside the faults: a page that threw, a browser that wrote to stderr. */
  readonly troubles: string[] = [];
  /** Nobody may read the streams: Redis is not there, or about to be replaced. */
  isStoreBusy = false;
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdline-chaos-'));
  #reading: NodeJS.Timeout | undefined;
  #isReading = false;
  #tabs: Tabs | undefined;
  #pageCount = 0;
  #slow = 0;

  private constructor(timeLine: TimeLine, store: RunStore, servers: readonly RunServer[]) {
    this.timeLine = timeLine;
    this.#store = store;
    this.servers = servers;
    this.streams = new StreamReader(timeLine, ROOMS);
  }

  static async create(options: WorldOptions): Promise<World> {
    const timeLine = new TimeLine(options.historyFolder);
    const world = new World(timeLine, ...(await startServers(options)));
    await world.#openBrowsers(options);
    await world.#openTabs(options.tabs);
    for (const server of world.servers) server.serve(world.pages);
    await Promise.all(world.pages.map((page) => page.open()));
    world.#reading = setInterval(() => void world.#readInPassing(), READ_EVERY_MS);
    return world;
  }

  /** For faults of Redis. */
  get redis(): RedisStore {
    if (this.#store instanceof RedisStore) return this.#store;
    throw new Error('this run has no Redis');
  }

  get redisServers(): readonly ChaosServer[] {
    return this.servers.filter((server) => server instanceof ChaosServer);
  }

  /** For faults of the embedded engine. */
  get embedded(): EmbeddedHost {
    if (this.#store instanceof EmbeddedHost) return this.#store;
    throw new Error('this run has no embedded engine');
  }

  get targets(): Targets {
    const names = (runtime: 'node' | 'chromium'): string[] =>
      this.pages.filter(({ identity }) => identity.runtime === runtime).map(({ name }) => name);
    return {
      page: this.pages.map(({ name }) => name),
      'node-page': names('node'),
      'node-browser': this.browsers.map(({ name }) => name),
      tab: names('chromium'),
      server: this.servers.map(({ name }) => name),
      room: [...HOT_ROOMS, TAB_ROOM, SMALL_ROOM],
      store: ['redis'],
    };
  }

  get acknowledged(): number {
    return this.pages.reduce((total, { acknowledged }) => total + acknowledged, 0);
  }

  page(name: string): Page {
    return this.pages.find((page) => page.name === name)!;
  }

  server(name: string): RunServer {
    return this.servers.find((server) => server.name === name)!;
  }

  /** Everybody publishes little until the answer has been called, by each who asked for it. */
  goSlow(): () => void {
    this.#slow += 1;
    this.#setRates();
    return () => {
      this.#slow -= 1;
      this.#setRates();
    };
  }

  /** Nobody publishes any more. */
  goQuiet(): void {
    for (const page of this.pages) page.command({ type: 'rate', ratePerSecond: 0 });
  }

  #setRates(): void {
    for (const page of this.pages) {
      const { ratePerSecond } = page.identity;
      page.command({ type: 'rate', ratePerSecond: this.#slow > 0 ? ratePerSecond * SLOW : ratePerSecond });
    }
  }

  /** Where each room stands now: stream IDs. */
  async heads(): Promise<Map<string, string>> {
    const positions = await this.#store.positions(ROOMS);
    return new Map(ROOMS.map((room, index) => [room, positions[index]?.split('~')[0] ?? '0-0']));
  }

  /** Reads the streams onto the time line; all of them again where a plain read finds that its beginning is gone. */
  async read(options: ReadOptions = {}): Promise<void> {
    const isCut = await this.streams.read(this.#store.fetch(), options);
    if (isCut) await this.streams.read(this.#store.fetch(), { whole: true });
  }

  async close(): Promise<void> {
    clearInterval(this.#reading);
    await Promise.all(this.browsers.map((browser) => browser.stop()));
    await this.#tabs?.close();
    await Promise.all(this.servers.map((server) => server.stop()));
    await Promise.all(this.pages.map(({ identity }) => identity.wires.close()));
    await this.#store.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  stopReading(): void {
    clearInterval(this.#reading);
  }

  async #openBrowsers({ browsers, pagesPerBrowser, ratePerSecond }: WorldOptions): Promise<void> {
    const rate = ratePerSecond / Math.max(1, browsers * pagesPerBrowser);
    for (let at = 0; at < browsers; at += 1) {
      const name = `b${at}`;
      const browser = new NodeBrowser(name, this.#folder, this.timeLine, (message) => this.troubles.push(message));
      this.browsers.push(browser);
      const pages = await Promise.all(
        Array.from({ length: pagesPerBrowser }, (_, tab) =>
          this.#page(browser, { name: `${name}.p${tab}`, runtime: 'node', producer: name, ratePerSecond: rate }),
        ),
      );
      browser.pages = pages;
      await browser.start();
    }
  }

  async #openTabs(count: number): Promise<void> {
    if (count === 0) return;
    this.#tabs = await Tabs.launch();
    for (let at = 0; at < count; at += 2) {
      const producer = `d${at / 2}`;
      const device = await this.#tabs.device(this.timeLine);
      const names = Array.from({ length: Math.min(2, count - at) }, (_, tab) => `${producer}.t${tab}`);
      device.pages = await Promise.all(
        names.map((name) => this.#page(device, { name, runtime: 'chromium', producer, ratePerSecond: TAB_RATE })),
      );
      this.devices.push(device);
    }
  }

  async #page(
    body: PageBody,
    identity: Pick<PageIdentity, 'name' | 'runtime' | 'producer' | 'ratePerSecond'>,
  ): Promise<Page> {
    const index = this.#pageCount++;
    const urls = this.servers.map(({ url }) => url);
    const page = new Page(
      {
        ...identity,
        user: `user-${identity.producer}`,
        wires: await createPageWires(urls, index % urls.length),
        rooms: roomsOf(index, identity.runtime),
        maxUnanswered: identity.runtime === 'node' ? 150 : 40,
      },
      body,
      this.timeLine,
    );
    this.pages.push(page);
    return page;
  }

  async #readInPassing(): Promise<void> {
    if (this.isStoreBusy || this.#isReading) return;
    this.#isReading = true;
    await this.read().catch(() => undefined);
    this.#isReading = false;
  }
}

async function startServers({ engine, servers: count }: WorldOptions): Promise<[RunStore, readonly RunServer[]]> {
  if (engine === 'embedded') {
    const host = await EmbeddedHost.start(count);
    return [host, host.servers];
  }
  const store = await RedisStore.start();
  const indexes = Array.from({ length: count }, (_, index) => index);
  return [store, await Promise.all(indexes.map((index) => ChaosServer.start(index, store.primary.url)))];
}

/** Node pages share the rooms with much traffic; tabs have one of their own, with a Node page in it that speaks, too. */
function roomsOf(index: number, runtime: 'node' | 'chromium'): { name: string; publishes: boolean }[] {
  const quiet = { name: QUIET_ROOM, publishes: false };
  const small = { name: SMALL_ROOM, publishes: index === 0 };
  if (runtime === 'chromium') return [{ name: TAB_ROOM, publishes: true }, small, quiet];
  const hot = [HOT_ROOMS[index % 4]!, HOT_ROOMS[(index + 1) % 4]!].map((name) => ({ name, publishes: true }));
  const tabs = { name: TAB_ROOM, publishes: true };
  return [...hot, ...(index === 0 ? [small] : []), ...(index === 1 ? [tabs] : []), quiet];
}
