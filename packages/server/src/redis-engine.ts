/**
 * The Redis engine: log and feed over two connections, whatever the number of rooms. This file puts
 * them together and decides three things: whether this instance may serve (deployment, version), how
 * healthy it is, and when the connections are replaced. Rules: G5.1, G5.3, G6.1.
 */
import { randomUUID } from 'node:crypto';
import { EngineError, type Engine, type EngineHealth } from './engine.ts';
import { RedisLiveFeed } from './feed/redis-live-feed.ts';
import { DEFAULT_DEDUPE_MS, DEFAULT_DEDUPE_RECORDS } from './log/dedupe.ts';
import { FORMAT_VERSION } from './log/entry-codec.ts';
import type { EngineObserver } from './log/log-source.ts';
import { LogError } from './log/message-log.ts';
import { RedisMessageLog } from './log/redis-message-log.ts';
import { createRetentionResolver, DEFAULT_RETENTION, type RetentionRule } from './log/retention.ts';
import { APPEND_SCRIPT_VERSION } from './redis/append-script.ts';
import { Canary } from './redis/canary.ts';
import { createClients, type Clients } from './redis/clients.ts';
import { HEARTBEAT_MS, joinDeployment, leaveDeployment } from './redis/deployment.ts';
import { createKeys, type Keys } from './redis/keys.ts';
import { RedisClock } from './redis/redis-clock.ts';
import { judgeServer } from './redis/server-checks.ts';

export interface RedisEngineOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  /** The name of this instance, its own among those of the deployment. */
  readonly instance: string;
  /** Begins every key. @defaultValue 'hl' */
  readonly prefix?: string;
  /** @defaultValue `*=10000/7d` */
  readonly retention?: readonly RetentionRule[];
  /** How long a message ID is remembered at least, ms. @defaultValue 2 hours */
  readonly dedupeMs?: number;
  /** Message IDs of one room that are remembered at least, if they come faster than the window ends. @defaultValue 100 000 */
  readonly dedupeRecords?: number;
  /** @defaultValue ignores what it is told */
  readonly observe?: EngineObserver;
}

/** What tests reach for; not part of the public surface. */
export interface RedisEngineHooks {
  /** In place of the clock of Redis; null leaves it to that. */
  readonly testClock?: () => number | null;
  /** In place of `url` for the connection that listens. */
  readonly subscriberUrl?: string;
  /** False loses an announcement. */
  readonly accepts?: (room: string) => boolean;
  readonly startPatienceMs?: number;
}

/** `start` gives up waiting, not trying, after this long. */
const START_PATIENCE_MS = 5000;
const BEATS_PER_HEARTBEAT = Math.round(HEARTBEAT_MS / 1000);

export function createRedisEngine(options: RedisEngineOptions, hooks: RedisEngineHooks = {}): Engine {
  return new RedisEngine(options, hooks);
}

class RedisEngine implements Engine {
  readonly name = 'redis';
  readonly log: RedisMessageLog;
  readonly feed: RedisLiveFeed;
  readonly #options: RedisEngineOptions;
  readonly #hooks: RedisEngineHooks;
  readonly #observe: EngineObserver;
  readonly #keys: Keys;
  readonly #clients: Clients;
  readonly #canary: Canary;
  readonly #clock = new RedisClock();
  readonly #boot = randomUUID();
  readonly #listeners = new Set<(health: EngineHealth) => void>();
  readonly #waiting = new Set<() => void>();
  #status: EngineHealth['status'] = 'starting';
  #sealKey: string | null = null;
  #refusal: string | null = null;
  #serverFindings: readonly string[] = [];
  #deploymentFindings: readonly string[] = [];
  #beats = 0;
  #isAdmitting = false;
  #isClosed = false;

  constructor(options: RedisEngineOptions, hooks: RedisEngineHooks) {
    const { instance, prefix = 'hl', retention = DEFAULT_RETENTION, observe = () => {} } = options;
    this.#options = options;
    this.#hooks = hooks;
    this.#observe = observe;
    this.#keys = createKeys(prefix);
    this.#clients = createClients({
      url: options.url,
      ...(hooks.subscriberUrl !== undefined && { subscriberUrl: hooks.subscriberUrl }),
      name: `holdline:${instance}`.replaceAll(/[^A-Za-z0-9_.:-]/g, '-'),
      onError: (connection, message) => observe({ name: 'connection-error', connection, message }),
    });
    this.log = new RedisMessageLog({
      redis: this.#clients.command,
      keys: this.#keys,
      retentionOf: createRetentionResolver(retention),
      dedupeMs: options.dedupeMs ?? DEFAULT_DEDUPE_MS,
      dedupeRecords: options.dedupeRecords ?? DEFAULT_DEDUPE_RECORDS,
      sealKey: () => this.#requireSealKey(),
      observe,
      now: () => this.now(),
      ...(hooks.testClock !== undefined && { testClock: hooks.testClock }),
    });
    this.feed = new RedisLiveFeed({
      clients: this.#clients,
      keys: this.#keys,
      sealKey: () => this.#sealKey,
      observe,
      onChange: () => this.#update(),
      ...(hooks.accepts !== undefined && { accepts: hooks.accepts }),
    });
    this.#canary = new Canary({
      clients: this.#clients,
      channel: this.#keys.canary(this.#boot),
      clock: this.#clock,
      onChange: () => this.#update(),
      onOverdue: () => observe({ name: 'canary-overdue' }),
      onBeat: () => this.#onBeat(),
    });
    this.#clients.command.on('ready', () => void this.#admit());
  }

  async start(): Promise<void> {
    this.#clients.connect();
    this.#canary.start();
    await this.#settled();
    if (this.#refusal === null) return;
    const refusal = this.#refusal;
    await this.close();
    throw new EngineError(refusal);
  }

  now(): number {
    return this.#hooks.testClock?.() ?? this.#clock.now();
  }

  health(): EngineHealth {
    const interruptions = this.#status === 'ok' ? [] : [this.#interruption()];
    return { status: this.#status, findings: [...interruptions, ...this.#serverFindings, ...this.#deploymentFindings] };
  }

  onHealth(listener: (health: EngineHealth) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#canary.stop();
    if (this.#sealKey !== null && this.#clients.command.status === 'ready') {
      await leaveDeployment(this.#clients.command, this.#boot).catch(() => undefined);
    }
    this.#sealKey = null;
    this.#clients.close();
    for (const resolve of this.#waiting) resolve();
  }

  #requireSealKey(): string {
    if (this.#sealKey === null) throw new LogError('unavailable', this.#interruption());
    return this.#sealKey;
  }

  #interruption(): string {
    if (this.#refusal !== null) return this.#refusal;
    const { command, subscriber } = this.#clients;
    if (command.status !== 'ready' || subscriber.status !== 'ready') return 'not connected to Redis';
    return this.#sealKey === null ? 'Redis is being checked' : 'the subscriber does not hear what is published';
  }

  /** Resolves when the instance serves, must not serve, or Redis has kept it waiting for long enough. */
  async #settled(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#hooks.startPatienceMs ?? START_PATIENCE_MS);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#waiting.clear();
  }

  #onBeat(): void {
    this.#beats += 1;
    void this.feed.repair();
    if (this.#beats % BEATS_PER_HEARTBEAT === 0) void this.#admit();
  }

  /** Checks Redis and takes part in the deployment: on every new connection, and with every heartbeat. */
  async #admit(): Promise<void> {
    const { command } = this.#clients;
    if (this.#isAdmitting || this.#isClosed || command.status !== 'ready') return;
    this.#isAdmitting = true;
    try {
      const server = judgeServer(await command.info());
      const deployment = server.refusal === null ? await this.#join() : null;
      if (this.#isClosed) return;
      this.#serverFindings = server.findings;
      this.#deploymentFindings = deployment?.findings ?? [];
      this.#refusal = server.refusal ?? deployment?.refusal ?? null;
      this.#sealKey = deployment?.sealKey ?? this.#sealKey;
    } catch (error) {
      // The connection failed in between; the next one, or the next heartbeat, tries again.
      const message = error instanceof Error ? error.message : 'unknown';
      this.#observe({ name: 'connection-error', connection: 'command', message });
    } finally {
      this.#isAdmitting = false;
      this.#update();
    }
  }

  #join(): ReturnType<typeof joinDeployment> {
    const { instance, prefix = 'hl', dedupeMs = DEFAULT_DEDUPE_MS } = this.#options;
    const mine = {
      instance,
      boot: this.#boot,
      prefix,
      format: FORMAT_VERSION,
      mode: 'pubsub',
      script: APPEND_SCRIPT_VERSION,
      dedupeMs,
    } as const;
    return joinDeployment(this.#clients.command, this.#keys, mine, this.#sealKey);
  }

  #update(): void {
    const isServing = this.#sealKey !== null && this.#refusal === null;
    const isOk = isServing && this.#canary.isHearing && this.feed.isWhole;
    const status = isOk ? 'ok' : this.#status === 'starting' ? 'starting' : 'degraded';
    if (status === 'ok' || this.#refusal !== null) for (const resolve of this.#waiting) resolve();
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of this.#listeners) listener(this.health());
  }
}
