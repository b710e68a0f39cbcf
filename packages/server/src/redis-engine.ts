/**
 * The Redis engine: log and feed over two connections, whatever the number of rooms. This file puts
 * them together and decides three things: whether this instance may serve (deployment, version), how
 * healthy it is, and when the connections are replaced. Rules: G5.1, G5.3, G6.1.
 */
import { randomUUID } from 'node:crypto';
import { EngineError, type Engine, type EngineHealth } from './engine.ts';
import { RedisLiveFeed } from './feed/redis-live-feed.ts';
import { describeInstance } from './instance-record.ts';
import { resolveLogOptions, type LogOptions } from './log-options.ts';
import type { EngineObserver } from './log/log-source.ts';
import { LogError } from './log/message-log.ts';
import { RedisMessageLog } from './log/redis-message-log.ts';
import { createRetentionResolver } from './log/retention.ts';
import { Admission } from './redis/admission.ts';
import { Canary } from './redis/canary.ts';
import { createClients, type Clients, type ConnectionRole } from './redis/clients.ts';
import { HEARTBEAT_MS } from './redis/deployment.ts';
import { createKeys } from './redis/keys.ts';
import { RedisClock } from './redis/redis-clock.ts';
import { WriteWatch } from './redis/write-watch.ts';

export interface RedisEngineOptions extends LogOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  /** The name of this instance, its own among those of the deployment. */
  readonly instance: string;
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
  readonly #hooks: RedisEngineHooks;
  readonly #clients: Clients;
  readonly #canary: Canary;
  readonly #writes: WriteWatch;
  readonly #clock = new RedisClock();
  readonly #admission: Admission;
  readonly #listeners = new Set<(health: EngineHealth) => void>();
  readonly #waiting = new Set<() => void>();
  #status: EngineHealth['status'] = 'starting';
  #beats = 0;
  #isClosed = false;

  constructor(options: RedisEngineOptions, hooks: RedisEngineHooks) {
    const { instance, observe = () => {} } = options;
    const { prefix, retention, dedupeMs, dedupeRecords } = resolveLogOptions(options);
    const keys = createKeys(prefix);
    const boot = randomUUID();
    const onError = (connection: ConnectionRole, message: string): void =>
      observe({ name: 'connection-error', connection, message });
    this.#hooks = hooks;
    this.#clients = createClients({
      url: options.url,
      ...(hooks.subscriberUrl !== undefined && { subscriberUrl: hooks.subscriberUrl }),
      name: `holdline:${instance}`.replaceAll(/[^A-Za-z0-9_.:-]/g, '-'),
      onError,
    });
    this.#admission = new Admission({
      command: this.#clients.command,
      keys,
      mine: describeInstance({ instance, boot, prefix, dedupeMs }),
      onChecked: () => this.#update(),
      onError: (message) => onError('command', message),
    });
    this.#writes = new WriteWatch({
      command: this.#clients.command,
      key: keys.probe,
      onChange: () => this.#update(),
    });
    this.log = new RedisMessageLog({
      redis: this.#clients.command,
      keys,
      retentionOf: createRetentionResolver(retention),
      dedupeMs,
      dedupeRecords,
      sealKey: () => this.#requireSealKey(),
      observe,
      now: () => this.now(),
      onAppend: (result) => this.#writes.apply(result),
      ...(hooks.testClock !== undefined && { testClock: hooks.testClock }),
    });
    this.feed = new RedisLiveFeed({
      clients: this.#clients,
      keys,
      sealKey: () => this.#admission.sealKey,
      observe,
      onChange: () => this.#update(),
      ...(hooks.accepts !== undefined && { accepts: hooks.accepts }),
    });
    this.#canary = new Canary({
      clients: this.#clients,
      channel: keys.canary(boot),
      clock: this.#clock,
      onChange: () => this.#update(),
      onOverdue: () => observe({ name: 'canary-overdue' }),
      onBeat: () => this.#onBeat(),
    });
  }

  async start(): Promise<void> {
    this.#clients.connect();
    this.#canary.start();
    await this.#settled();
    const { refusal } = this.#admission;
    if (refusal === null) return;
    await this.close();
    throw new EngineError(refusal);
  }

  now(): number {
    return this.#hooks.testClock?.() ?? this.#clock.now();
  }

  health(): EngineHealth {
    const interruptions = this.#status === 'ok' ? [] : [this.#interruption()];
    return { status: this.#status, findings: [...interruptions, ...this.#admission.findings] };
  }

  onHealth(listener: (health: EngineHealth) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#canary.stop();
    await this.#admission.leave();
    this.#clients.close();
    for (const resolve of this.#waiting) resolve();
  }

  #requireSealKey(): string {
    const { sealKey, refusal } = this.#admission;
    // Also one that stood still while another format took over writes nothing more.
    if (sealKey === null || refusal !== null) throw new LogError('unavailable', this.#interruption());
    return sealKey;
  }

  #interruption(): string {
    const { refusal, sealKey } = this.#admission;
    if (refusal !== null) return refusal;
    const { command, subscriber } = this.#clients;
    if (command.status !== 'ready' || subscriber.status !== 'ready') return 'not connected to Redis';
    if (sealKey === null) return 'Redis is being checked';
    if (!this.#canary.isHearing || !this.feed.isWhole) return 'the subscriber does not hear what is published';
    return `Redis takes no writes: ${this.#writes.obstacle ?? 'no answer yet'}`;
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
    const isHeartbeat = this.#beats % BEATS_PER_HEARTBEAT === 0;
    void this.feed.repair();
    this.#writes.apply(isHeartbeat ? 'heartbeat' : 'beat');
    if (isHeartbeat || this.#admission.sealKey === null) void this.#admission.check();
  }

  #update(): void {
    const { sealKey, refusal } = this.#admission;
    const isServing = sealKey !== null && refusal === null;
    const isOk = isServing && this.#canary.isHearing && this.feed.isWhole && this.#writes.areTaken;
    const status = isOk ? 'ok' : this.#status === 'starting' ? 'starting' : 'degraded';
    if (status === 'ok' || refusal !== null) for (const resolve of this.#waiting) resolve();
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of this.#listeners) listener(this.health());
  }
}
