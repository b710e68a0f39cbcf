/**
 * The client run: SDKs against a server that is broken, or lies, for a while and then turns honest. What must hold: nothing
 * uncaught, attempts as rare as the backoff says, no flood of frames; and once the server is honest, everything that was
 * published is stored once, and delivered to everybody in the order of the room. After lies: the client works again.
 */
import { createServer, type HoldlineServer } from '@holdline/server';
import { decodeServerFrame, SUBPROTOCOL } from '@holdline/protocol';
import { createRandom, eventually } from '@holdline/testkit';
import { WebSocket } from 'ws';
import { startMeasured, type MeasuredProcess } from '../../process/measured-process.ts';
import type { Measure } from '../../process/measured.ts';
import { growthOf } from '../../process/growth.ts';
import { HostileServer, type Mood } from './hostile-server.ts';

export interface ClientsTask {
  readonly url: string;
  readonly room: string;
  readonly user: string;
  readonly clients: number;
}

/** What one client was told. */
export interface ClientAccount {
  readonly state: string;
  readonly waiting: number;
  readonly published: number;
  readonly received: readonly string[];
  readonly stored: readonly string[];
  readonly rejected: readonly string[];
}

export interface ClientRun {
  readonly seed: number;
  readonly rounds: number;
}

export interface ClientReport {
  readonly ms: number;
  readonly rounds: number;
  readonly attempts: number;
  readonly frames: number;
  readonly published: number;
  readonly before: Measure;
  readonly after: Measure;
  readonly findings: readonly string[];
}

const CLIENTS = 4;
const PUBLISHES = 8;
const HOSTILE_MS = 1500;
/** With waits of 0 to 400 ms, and of 0 to 20, 40 … before that: far beyond what chance gives. */
const MAX_ATTEMPTS = 60;
/** Hellos, publishes and their repeats, joins, pings: a few for each attempt. */
const MAX_FRAMES_PER_ATTEMPT = 40;
const PATIENCE_MS = 20_000;
const MAX_FINDINGS = 20;
/** A socket whose other end never answers the close is given up by `ws` after 30 s. */
const CLOSING_MS = 35_000;

export async function fuzzClients({ seed, rounds }: ClientRun): Promise<ClientReport> {
  const startedAt = performance.now();
  const honest = createServer({ auth: 'open', port: 0, origins: '*', ratePerSecond: 100_000, rateBurst: 100_000 });
  await honest.listen();
  const hostile = await HostileServer.open(honest.url, createRandom(seed));
  const clients = await startMeasured(new URL('./clients.child.ts', import.meta.url));
  const run = new Campaign(honest, hostile, clients);
  try {
    await run.round('honest', 'warm-up');
    const before = await clients.measure();
    for (let round = 1; round <= rounds && run.findings.length < MAX_FINDINGS; round += 1) {
      await run.round(round % 2 === 1 ? 'broken' : 'lying', `round-${round}`);
    }
    const after = await clients.measureAtRest(before, CLOSING_MS);
    run.findings.push(...growthOf(before, after), ...after.uncaught.map((text) => `uncaught: ${text}`));
    const { attempts, frames, published } = run;
    const findings = run.findings.slice(0, MAX_FINDINGS);
    return { ms: performance.now() - startedAt, rounds, attempts, frames, published, before, after, findings };
  } finally {
    await clients.stop();
    await hostile.close();
    await honest.close({ drainMs: 0 });
  }
}

class Campaign {
  readonly findings: string[] = [];
  attempts = 0;
  frames = 0;
  published = 0;
  readonly #honest: HoldlineServer;
  readonly #hostile: HostileServer;
  readonly #clients: MeasuredProcess;

  constructor(honest: HoldlineServer, hostile: HostileServer, clients: MeasuredProcess) {
    this.#honest = honest;
    this.#hostile = hostile;
    this.#clients = clients;
  }

  async round(mood: Mood, room: string): Promise<void> {
    const report = (what: string): void => void this.findings.push(`${room} (${mood}): ${what}`);
    this.#hostile.turn(mood, room);
    await this.#clients.ask('start', {
      url: this.#hostile.url,
      room,
      user: room,
      clients: CLIENTS,
    } satisfies ClientsTask);
    for (let times = 0; times < PUBLISHES; times += 1) {
      await this.#clients.ask('publish');
      await new Promise((resolve) => setTimeout(resolve, HOSTILE_MS / PUBLISHES));
    }
    this.#judgeWatches(report);
    this.#hostile.turn('honest', room);
    await this.#settle(report);
    if (mood === 'lying') await this.#judgeSurvivors(room, report);
    else await this.#judgeAccounts(room, report);
    await this.#clients.ask('close');
  }

  #judgeWatches(report: (what: string) => void): void {
    for (const [index, { attempts, frames }] of this.#hostile.watches) {
      this.attempts += attempts;
      this.frames += frames;
      if (attempts > MAX_ATTEMPTS) report(`client ${index} connected ${attempts} times in ${HOSTILE_MS} ms`);
      if (frames > MAX_FRAMES_PER_ATTEMPT * (attempts + 1)) {
        report(`client ${index} sent ${frames} frames over ${attempts} connections in ${HOSTILE_MS} ms`);
      }
    }
  }

  /** Until everything has its answer; an application asks once more where a server had said not to come back. */
  async #settle(report: (what: string) => void): Promise<void> {
    const isSettled = async (): Promise<boolean> => {
      await this.#clients.ask('connect');
      const accounts = await this.#accounts();
      return accounts.every(({ waiting, state }) => waiting === 0 && state === 'connected');
    };
    await eventually(isSettled, { deadlineMs: PATIENCE_MS, intervalMs: 50 }).catch(async () => {
      const left = (await this.#accounts()).map(({ state, waiting }) => `${state} with ${waiting} unanswered`);
      report(`the server is honest, and the clients are ${left.join(', ')}`);
    });
  }

  /** Nothing that a broken server did may have cost anything. */
  async #judgeAccounts(room: string, report: (what: string) => void): Promise<void> {
    const expected = CLIENTS * PUBLISHES;
    this.published += expected;
    const isComplete = async (): Promise<boolean> =>
      (await this.#accounts()).every(({ received }) => received.length >= expected);
    await eventually(isComplete, { deadlineMs: PATIENCE_MS, intervalMs: 50 }).catch(() => undefined);
    const stream = await this.#stream(room);
    if (new Set(stream).size !== stream.length) report('a message is stored twice');
    (await this.#accounts()).forEach(({ received, stored, rejected, published }, index) => {
      if (rejected.length > 0) report(`client ${index} had ${rejected.join(', ')} refused`);
      if (stored.length !== published)
        report(`client ${index} published ${published} and was told of ${stored.length}`);
      const absent = stored.filter((messageId) => !stream.includes(messageId));
      if (absent.length > 0) report(`client ${index} was told that ${absent.join(', ')} are stored, and they are not`);
      if (received.join() !== stream.join()) report(`client ${index} received ${received.join()} of ${stream.join()}`);
    });
  }

  /** Whatever they believe after lies: what is published from now on is stored and delivered. */
  async #judgeSurvivors(room: string, report: (what: string) => void): Promise<void> {
    await this.#clients.ask('join');
    await this.#clients.ask('publish');
    await this.#settle(report);
    const fresh = Array.from({ length: CLIENTS }, (_, index) => `c${index}-${PUBLISHES + 1}`);
    this.published += fresh.length;
    const isDelivered = async (): Promise<boolean> =>
      (await this.#accounts()).every(({ received }) => fresh.every((messageId) => received.includes(messageId)));
    const stream = await this.#stream(room);
    const absent = fresh.filter((messageId) => !stream.includes(messageId));
    if (absent.length > 0) report(`${absent.join(', ')} published after the lies are not stored`);
    await eventually(isDelivered, { deadlineMs: PATIENCE_MS, intervalMs: 50 }).catch(async () => {
      const received = (await this.#accounts()).map((account) => account.received.join());
      report(`what was published after the lies did not reach everybody: ${received.join(' | ')}`);
    });
  }

  #accounts(): Promise<readonly ClientAccount[]> {
    return this.#clients.ask('account');
  }

  /** What is stored, in order, read from the honest server by somebody who has nothing to do with the SDK. */
  #stream(room: string): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const messageIds: string[] = [];
      const socket = new WebSocket(this.#honest.url, SUBPROTOCOL);
      socket.on('error', reject);
      socket.on('open', () => {
        socket.send(JSON.stringify({ type: 'hello', client: 'judge', joins: [{ room, since: 'start' }] }));
      });
      socket.on('message', (data: Buffer) => {
        const decoded = decodeServerFrame(data.toString());
        if (!decoded.ok) return reject(new Error(decoded.message));
        const { frame } = decoded;
        for (const each of frame.type === 'batch' ? frame.frames : [frame]) {
          if (each.type === 'message') messageIds.push(each.messageId);
          if (each.type !== 'live') continue;
          socket.terminate();
          resolve(messageIds);
        }
      });
    });
  }
}
