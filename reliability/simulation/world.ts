/** One schedule's world: a store, servers, browsers with pages, a network between them, and what is true of it all. */
import { createEmbeddedBroker, type EmbeddedBroker, type ServerOptions } from '@holdline/server';
import { embeddedControlsOf } from '@holdline/server/testing';
import { createRandom, type HistoryEvent, type HistoryFact, type SeededRandom } from '@holdline/testkit';
import { Access } from './access.ts';
import { Browser } from './browser.ts';
import { EPOCH_MS } from './globals.ts';
import { meddle, type Meddling } from './meddling.ts';
import { Network } from './network.ts';
import { Page } from './page.ts';
import type { PageHooks } from './page-parts.ts';
import type { Plan } from './plan.ts';
import { SimServer } from './sim-server.ts';
import type { Stranger } from './stranger.ts';
import { numberOf, readEntry, streamRead, Truth, type Stored } from './truth.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Violation {
  readonly rule: string;
  readonly what: string;
  readonly step: number;
  readonly atMs: number;
}

type Controls = ReturnType<typeof embeddedControlsOf>;

/** Violations beyond these say nothing new about a schedule. */
const MAX_VIOLATIONS = 20;

export class World {
  readonly plan: Plan;
  readonly time: VirtualTime;
  /** For what the network and the store do; apart from the plan, so that a change of one leaves the other. */
  readonly random: SeededRandom;
  readonly network: Network;
  readonly broker: EmbeddedBroker;
  readonly controls: Controls;
  readonly truth = new Truth();
  readonly access: Access;
  readonly servers = new Map<string, SimServer>();
  readonly browsers = new Map<string, Browser>();
  /** Every page that ever was; the newest of a slot last. */
  readonly pages: Page[] = [];
  readonly strangers: Stranger[] = [];
  readonly meddlings: Meddling[] = [];
  readonly violations: Violation[] = [];
  /** Kinds of history faults that were done, which is what gaps may be told of. */
  readonly wounds = new Set<string>();
  /** Pages were reloaded at the end, so that nothing may be left for a next one. */
  hasReloaded = false;
  /** Something was done of which a history says nothing; the checker would have to guess. */
  isBeyondHistories = false;
  /** A fault was done that servers count as one of the application. */
  hasHookFaults = false;
  /** What actors did and saw; null when nobody will read it. */
  readonly history: HistoryEvent[] | null;
  readonly trace: string[] | null;
  readonly #observer: ReturnType<EmbeddedBroker['connect']>;
  #instances = 0;
  #faults = 0;
  #messages = 0;

  constructor(plan: Plan, time: VirtualTime, options: { readonly keepsHistory: boolean; readonly traces: boolean }) {
    this.plan = plan;
    this.time = time;
    this.random = createRandom(plan.seed ^ 0x5eed);
    this.history = options.keepsHistory ? [] : null;
    this.trace = options.traces ? [] : null;
    this.access = new Access(time, plan.tokenLifeMs ?? 0);
    this.network = new Network(time, this.random);
    this.network.setPace(plan.pace);
    if (plan.retention.length > 0) {
      this.wounds.add('retention');
      this.isBeyondHistories = true;
    }
    this.broker = createEmbeddedBroker({
      now: () => EPOCH_MS + time.nowMs,
      schedule: (task) => void time.set(task, plan.feedMs > 0 ? this.random.below(plan.feedMs + 1) : 0),
      retention: plan.retention,
      dedupeMs: plan.dedupeMs,
    });
    this.controls = embeddedControlsOf(this.broker);
    this.#observer = this.broker.connect({ instance: 'observer' });
    if (options.traces) this.#traceTraffic();
  }

  get livePages(): Page[] {
    return this.pages.filter((page) => page.isLive);
  }

  get liveServers(): SimServer[] {
    return [...this.servers.values()].filter((server) => !server.owner.isDead);
  }

  /** A server under this host name; one that was there before must be dead or closed. */
  startServer(host: string): void {
    const { plan, time, random, truth } = this;
    const server = new SimServer({
      source: this.broker,
      time,
      random,
      delays: { commandMs: plan.commandMs },
      instance: `${host}-${(this.#instances += 1)}`,
      tuning: this.#tuning(),
      skewMs: random.below(2_000) - 1_000,
      onAppended: (room, messages, outcomes) => {
        if (outcomes === null) void this.#learn(room);
        else if (outcomes.some(({ status }) => status === 'stored')) {
          if (messages.some(({ kind }) => kind === 'control')) void this.#learn(room);
          else {
            outcomes.forEach((outcome, i) => {
              if (outcome.status !== 'stored') return;
              const { messageId, sender } = messages[i]!;
              const { id } = outcome;
              truth.add(room, { id, n: numberOf(id), messageId, sender, isControl: false, previous: '' });
            });
          }
        }
      },
    });
    this.say(`server ${server.instance} starts`);
    this.servers.set(host, server);
    this.network.addHost(host, server);
  }

  /** SIGTERM: the server tells its pages to move, and goes. */
  drain(host: string, drainMs: number): void {
    const server = this.servers.get(host);
    if (server === undefined || server.owner.isDead || server.isDraining) return;
    server.isDraining = true;
    this.network.setReachability(host, 'refuses');
    this.time.owner = server.owner;
    void server.server.close({ drainMs });
  }

  /** The page of a slot of the plan; after a reload the next one. */
  openPage(slot: number): Page {
    const { user, since } = this.plan.pages[slot]!;
    const before = this.pageOf(slot);
    const count = this.pages.filter((page) => page.slot === slot).length;
    const name = `p${slot}${count === 0 ? '' : `.${count}`}`;
    const browser = this.browser(user);
    const hosts = this.random.shuffle([...this.servers.keys()]);
    const hooks: PageHooks = {
      truth: this.truth,
      network: this.network,
      urls: hosts.map((host) => `ws://${host}`),
      violated: (rule, what) => this.violated(rule, what),
      record: (fact) => this.record(fact),
      beyondHistories: () => (this.isBeyondHistories = true),
      entered: (entered, moment, room) => {
        if (this.meddlings.length > 0) meddle(this, entered, moment, room);
      },
    };
    const { maxBackoffMs, tokenLifeMs, padding } = this.plan;
    const auth = tokenLifeMs === null ? undefined : () => this.access.tokenFor(user);
    const page = new Page(
      { name, slot, since, browser, maxBackoffMs, auth, padding, after: before?.name ?? null },
      hooks,
    );
    this.say(`page ${name} of ${user} opens`);
    this.pages.push(page);
    return page;
  }

  pageOf(slot: number): Page | undefined {
    return this.pages.findLast((page) => page.slot === slot);
  }

  browser(user: string): Browser {
    const browser = this.browsers.get(user) ?? new Browser(user, this.time, this.random);
    this.browsers.set(user, browser);
    return browser;
  }

  /** A message ID that no other page of this schedule uses. */
  nextMessageId(): string {
    return `m${(this.#messages += 1)}`;
  }

  violated(rule: string, what: string): void {
    this.say(`VIOLATION [${rule}] ${what}`);
    if (this.violations.length >= MAX_VIOLATIONS) return;
    this.violations.push({ rule, what, step: this.time.steps, atMs: this.time.nowMs });
  }

  record(fact: HistoryFact): void {
    const { history, time } = this;
    if (history === null) return;
    history.push({ ...fact, seq: history.length, atMs: time.nowMs });
  }

  say(what: string): void {
    this.trace?.push(`${String(this.time.nowMs).padStart(7)} ms  step ${this.time.steps}  ${what}`);
  }

  /** Before and after everything that removes or replaces history. */
  async wound(kind: string, room: string | null, hurt: () => Promise<unknown>): Promise<void> {
    const rooms = room === null ? [...this.plan.rooms] : [room];
    const faultId = (this.#faults += 1);
    for (const name of rooms) await this.#readStream(name, false);
    this.wounds.add(kind);
    this.record({ kind: 'fault-started', fault: kind, faultId, target: room ?? 'all rooms', detail: {} });
    await hurt();
    this.record({ kind: 'fault-ended', faultId });
    for (const name of rooms) await this.#readStream(name, false);
  }

  /** What stands in the room's stream now. */
  async standing(room: string): Promise<Stored[]> {
    const raw = await this.controls.standing(room as never);
    return raw.flatMap(({ id, header }) => readEntry(id, header) ?? []);
  }

  async position(room: string): Promise<string> {
    const [position] = await this.#observer.log.positions([room as never]);
    return position as string;
  }

  /** Everybody is whole: closes the history. */
  async readFinalStreams(): Promise<void> {
    for (let faultId = 1; faultId <= this.#faults; faultId += 1) this.record({ kind: 'fault-healed', faultId });
    for (const room of this.plan.rooms) await this.#readStream(room, true);
  }

  async #readStream(room: string, final: boolean): Promise<void> {
    await this.#learn(room);
    if (this.history === null) return;
    this.record(streamRead(room, await this.standing(room), await this.position(room), final));
  }

  /** Notes what stands in the room: an append may have happened whose outcome is not known. */
  async #learn(room: string): Promise<void> {
    for (const entry of await this.standing(room)) this.truth.add(room, entry);
  }

  #tuning(): Partial<ServerOptions> {
    const { tuning, tokenLifeMs } = this.plan;
    return tokenLifeMs === null ? tuning : { ...tuning, ...this.access.hooks };
  }

  #traceTraffic(): void {
    this.network.onTraffic = ({ id, page, host }, direction, text) => {
      const way = direction === 'up' ? '→' : '←';
      this.say(`#${id} ${page.name} ${way} ${host.owner.name}  ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`);
    };
  }
}
