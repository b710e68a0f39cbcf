/**
 * The soak run: two instances on one Redis, a resident process of clients and one that is killed again and again, all behind
 * proxies that cut. After a warm-up, and again at the end, everybody goes home, retention ends, and the books are made up.
 */
import {
  createProxy,
  createRandom,
  spawnRedis,
  type Proxy,
  type SeededRandom,
  type SpawnedRedis,
} from '@holdline/testkit';
import { startMeasured, type MeasuredProcess } from '../process/measured-process.ts';
import type { Measure } from '../process/measured.ts';
import { holds, rowsOf, type Row } from './books.ts';
import type { FlappingTask } from './flapping.ts';
import { endRetention, measureRedis, redisRows, type RedisMeasure } from './redis-books.ts';

export interface SoakRun {
  readonly seed: number;
  readonly seconds: number;
  readonly clients: number;
  onEvent?(line: string): void;
}

export interface SoakReport {
  readonly rows: readonly Row[];
  /** What happened, summed over all processes. */
  readonly totals: Readonly<Record<string, number>>;
}

interface Books {
  readonly servers: readonly Measure[];
  readonly clients: Measure;
  readonly redis: RedisMeasure;
}

const SERVERS = 2;
const ROOMS = 200;
const PREFIX = 'soak';
/** Part of the time for warming up: code is compiled, pools and caches are filled. */
const WARM_UP_SHARE = 0.15;
const MAX_WARM_UP_S = 60;
/** Faults come this often on average. */
const FAULT_EVERY_MS = 700;
const CRASH_EVERY_MS = 8000;
/** Rooms linger, sockets are waited for, the other end of a connection to Redis is renewed. */
const REST_MS = 40_000;
/** Longer than the server waits for the other end of a close. */
const SAME_FOR_MS = 2200;

export async function soak(run: SoakRun): Promise<SoakReport> {
  const redis = await spawnRedis();
  const closers: (() => Promise<unknown>)[] = [() => redis.stop()];
  try {
    const env = { REDIS_URL: redis.url, SOAK_PREFIX: PREFIX };
    const servers = await Promise.all(
      Array.from({ length: SERVERS }, () => startMeasured(new URL('./server.child.ts', import.meta.url), env)),
    );
    servers.forEach((server) => closers.unshift(() => server.stop()));
    const proxies = await Promise.all(
      servers.map(async (server) => createProxy({ target: await server.ask<string>('url') })),
    );
    proxies.forEach((proxy) => closers.unshift(() => proxy.close()));
    const residents = await startClients();
    closers.unshift(() => residents.stop());
    return await new Soak(run, { redis, servers, proxies, residents }).run();
  } finally {
    for (const close of closers) await close();
  }
}

const startClients = (): Promise<MeasuredProcess> => startMeasured(new URL('./clients.child.ts', import.meta.url));

interface Parts {
  readonly redis: SpawnedRedis;
  readonly servers: readonly MeasuredProcess[];
  readonly proxies: readonly Proxy[];
  readonly residents: MeasuredProcess;
}

class Soak {
  readonly #run: SoakRun;
  readonly #parts: Parts;
  readonly #random: SeededRandom;
  readonly #totals: Record<string, number> = { cuts: 0, crashes: 0, 'feeds cut': 0 };
  #tasks = 0;

  constructor(run: SoakRun, parts: Parts) {
    this.#run = run;
    this.#parts = parts;
    this.#random = createRandom(run.seed);
  }

  async run(): Promise<SoakReport> {
    const { seconds, onEvent } = this.#run;
    const warmUpS = Math.min(MAX_WARM_UP_S, Math.max(3, seconds * WARM_UP_SHARE));
    await this.#flap(warmUpS * 1000);
    const before = await this.#makeUp();
    onEvent?.(`warmed up for ${warmUpS.toFixed(0)} s`);
    await this.#flap(seconds * 1000);
    const after = await this.#makeUp(before);
    await this.#addTotals();
    return { rows: compare(before, after), totals: this.#totals };
  }

  /** Everything flaps for so long, and everybody goes home. */
  async #flap(ms: number): Promise<void> {
    const { residents } = this.#parts;
    let crashing = await startClients();
    try {
      const endsAt = performance.now() + ms;
      await residents.ask('start', this.#task());
      await crashing.ask('start', this.#task());
      let crashAt = performance.now() + CRASH_EVERY_MS;
      while (performance.now() < endsAt) {
        await new Promise((resolve) => setTimeout(resolve, this.#random.below(2 * FAULT_EVERY_MS)));
        await this.#fault();
        if (performance.now() < crashAt) continue;
        crashAt = performance.now() + CRASH_EVERY_MS;
        await crashing.kill();
        this.#count('crashes');
        crashing = await startClients();
        await crashing.ask('start', this.#task());
      }
    } finally {
      await crashing.kill();
    }
    const lived = await residents.ask<Record<string, number>>('counts');
    for (const [what, count] of Object.entries(lived)) this.#count(`clients: ${what}`, count);
    await residents.ask('end');
  }

  #task(): FlappingTask {
    const urls = this.#parts.proxies.map(({ url }) => url);
    this.#tasks += 1;
    return { urls, seed: this.#run.seed + this.#tasks, clients: this.#run.clients, rooms: ROOMS };
  }

  async #fault(): Promise<void> {
    const proxy = this.#random.pick(this.#parts.proxies);
    const link = proxy.links[this.#random.below(Math.max(1, proxy.links.length))];
    switch (this.#random.below(20)) {
      case 0:
        this.#count('feeds cut');
        await this.#parts.redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
        return;
      case 1:
        this.#count('cuts', proxy.connections);
        return proxy.cut();
      case 2:
        this.#count('cuts', proxy.connections);
        return proxy.fin();
      default:
        this.#count('cuts');
        link?.cut();
    }
  }

  /** Waits until nothing changes any more and, at the end, all is as it was; or as long as that may take. */
  async #makeUp(than?: Books): Promise<Books> {
    const endsAt = performance.now() + REST_MS;
    for (let last: Books | undefined; ;) {
      // A room that closes renews its position last.
      await endRetention(this.#parts.redis, PREFIX);
      const books = await this.#measure();
      const isAtRest = last !== undefined && compare(last, books).every(holds);
      if (isAtRest && (than === undefined || compare(than, books).every(holds))) return books;
      if (performance.now() >= endsAt) return books;
      last = books;
      await new Promise((resolve) => setTimeout(resolve, SAME_FOR_MS));
    }
  }

  async #measure(): Promise<Books> {
    const { servers, residents, redis } = this.#parts;
    return {
      servers: await Promise.all(servers.map((server) => server.measure())),
      clients: await residents.measure(),
      redis: await measureRedis(redis, PREFIX),
    };
  }

  async #addTotals(): Promise<void> {
    for (const server of this.#parts.servers) {
      const totals = await server.ask<Record<string, number>>('totals');
      for (const [what, count] of Object.entries(totals)) this.#count(`servers: ${what}`, count);
    }
  }

  #count(what: string, by = 1): void {
    this.#totals[what] = (this.#totals[what] ?? 0) + by;
  }
}

function compare(before: Books, after: Books): readonly Row[] {
  return [
    ...after.servers.flatMap((measure, index) =>
      rowsOf(`server ${index + 1}`, before.servers[index] as Measure, measure),
    ),
    ...rowsOf('clients', before.clients, after.clients),
    ...redisRows(before.redis, after.redis),
  ];
}
