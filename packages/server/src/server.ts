/**
 * Composition root: builds every part once, wires them, and starts and stops them in order.
 *
 *   listen:  HTTP answers (readyz 503) → engine starts → upgrades are accepted
 *   close:   no upgrades, readyz 503 → members are told to move → publishes under way are answered
 *            → the rest is closed → rooms unsubscribe → engine and HTTP close
 */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atMost } from './clock.ts';
import { Access } from './commands/access.ts';
import { APPEND_LIMITS, AppendQueues } from './commands/append-queue.ts';
import type { CommandDeps } from './commands/dispatch.ts';
import { MessageHook } from './commands/message-hook.ts';
import { observeEngine } from './engine-events.ts';
import type { Engine, EngineHealth } from './engine.ts';
import { answerHealth, healthOf, type ServerHealth } from './health.ts';
import { errorFields } from './logger.ts';
import { Metrics } from './metrics.ts';
import { resolveOptions, type ResolvedServerOptions, type ServerOptions } from './options.ts';
import { ReadGate } from './room/read-gate.ts';
import { RoomRegistry } from './room/room-registry.ts';
import {
  createHookAuthenticator,
  createJwtAuthenticator,
  openAuthenticator,
  type Authenticator,
} from './socket/authenticate.ts';
import type { ConnectionDeps } from './socket/connection.ts';
import { Connections } from './socket/connections.ts';
import { SendBudget } from './socket/send-buffer.ts';
import { attachUpgrade } from './socket/upgrade.ts';

/** A running server. Made by `createServer`. */
export interface HoldlineServer {
  /** The name of this instance, as in welcome frames. */
  readonly instance: string;
  readonly engine: 'redis' | 'embedded';
  /** Where the HTTP server listens; null before that. */
  readonly address: AddressInfo | null;
  /** @throws Error before the HTTP server listens. */
  readonly port: number;
  /** A URL that a client on this machine can dial. @throws Error before the HTTP server listens. */
  readonly url: string;
  /** Connections that are open now. */
  readonly connectionCount: number;
  /** What happened so far, by the names of the counter table. */
  readonly metrics: Metrics;
  /**
   * Starts serving: listens, unless the HTTP server is the application's own, and starts the engine. Resolves when
   * connections are accepted; with Redis away that is when it is there.
   *
   * @throws Error when the port is taken, or the engine says that it must not serve.
   */
  listen(): Promise<void>;
  health(): ServerHealth;
  /** Answers `/healthz` and `/readyz` on a server of the application's own; false for other requests. */
  handleHealth(request: IncomingMessage, response: ServerResponse): boolean;
  /** Drains and closes; an HTTP server of the application's own stays open. Calling it again waits for the same end. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** How many reads of history are under way at a time. */
const READS_AT_A_TIME = 32;
const PAGE_SIZE = 200;
const MAX_WINDOW_ITEMS = 1024;
const OPEN_TIMEOUT_MS = 5000;
const FIRST_REPORT_MS = 1000;
const WAITING_REPORT_MS = 10_000;
/** Appends whose answer is awaited at the end of a drain. */
const LAST_ANSWERS_MS = 2000;

/**
 * Builds a server; nothing is opened before `listen`.
 *
 * @throws OptionsError with code `bad_options` when an option makes no sense.
 */
export function createServer(options: ServerOptions): HoldlineServer {
  return new ComposedServer(resolveOptions(options));
}

class ComposedServer implements HoldlineServer {
  readonly instance: string;
  readonly metrics = new Metrics();
  readonly #options: ResolvedServerOptions;
  readonly #engine: Engine;
  readonly #registry: RoomRegistry;
  readonly #queues: AppendQueues;
  readonly #connections: Connections;
  readonly #http: Server;
  readonly #undo: (() => void)[] = [];
  #hasStarted = false;
  #isDraining = false;
  /** Members have been told `degraded` and not yet `restored`. */
  #isDegraded = false;
  #closing: Promise<void> | null = null;

  constructor(options: ResolvedServerOptions) {
    this.#options = options;
    this.instance = options.instance;
    const { logger, clock } = options;
    this.#engine = options.engine.connect({
      instance: options.instance,
      observe: (event) => observeEngine(event, this.metrics, logger),
    });
    this.#registry = this.#createRegistry();
    this.#queues = new AppendQueues({
      log: this.#engine.log,
      metrics: this.metrics,
      limits: APPEND_LIMITS,
      onFault: (error) => this.#fault(error),
    });
    this.#connections = new Connections(options, clock);
    this.#http = options.server ?? createHttpServer((request, response) => this.#answer(request, response));
  }

  get engine(): 'redis' | 'embedded' {
    return this.#engine.name;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  get address(): AddressInfo | null {
    const address = this.#http.address();
    return typeof address === 'object' ? address : null;
  }

  get port(): number {
    if (this.address === null) throw new Error('the server does not listen');
    return this.address.port;
  }

  get url(): string {
    const { port } = this;
    const host = this.address?.address ?? '';
    // What listens everywhere is dialled on this machine.
    const dialled =
      host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
    return `ws://${dialled}:${port}${this.#options.path}`;
  }

  async listen(): Promise<void> {
    if (this.#closing !== null) throw new Error('the server was closed');
    this.#undo.push(
      this.#engine.onHealth((health) => void this.#healthChanged(health)),
      this.#attach(),
    );
    if (this.#options.server === null) await this.#bind();
    this.#reportWaiting(FIRST_REPORT_MS);
    await this.#engine.start();
    await this.#firstSuccess();
    this.#registry.start();
    this.#hasStarted = true;
  }

  /** The engine goes on trying by itself for as long as the server is not closed. */
  #firstSuccess(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.#closing !== null) reject(new Error('the server was closed before its engine answered'));
        else if (this.#engine.health().status === 'ok') resolve();
      };
      this.#undo.push(this.#engine.onHealth(look), look);
      look();
    });
  }

  /** Until the engine has answered once, says every now and then what it is waiting for. */
  #reportWaiting(inMs: number): void {
    const { clock, logger } = this.#options;
    const timer = clock.setTimeout(() => {
      const { status, findings } = this.#engine.health();
      if (status === 'ok' || this.#isDraining) return;
      logger.warn({ engine: this.engine, findings }, 'waiting for the engine');
      this.#reportWaiting(WAITING_REPORT_MS);
    }, inMs);
    this.#undo.push(() => clock.clearTimeout(timer));
  }

  health(): ServerHealth {
    return healthOf(this.#engine.name, this.#engine.health(), {
      hasStarted: this.#hasStarted,
      isDraining: this.#isDraining,
    });
  }

  handleHealth(request: IncomingMessage, response: ServerResponse): boolean {
    return answerHealth(request, response, () => this.health());
  }

  close({ drainMs = this.#options.drainMs }: { readonly drainMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#drainAndClose(drainMs);
    return this.#closing;
  }

  async #drainAndClose(drainMs: number): Promise<void> {
    this.#isDraining = true;
    this.#options.logger.info({ connections: this.connectionCount, drainMs }, 'draining');
    const lastAnswers = atMost(this.#options.clock, Math.min(LAST_ANSWERS_MS, drainMs), this.#queues.idle());
    await this.#connections.drain(drainMs, lastAnswers);
    for (const undo of this.#undo) undo();
    await this.#registry.close();
    await this.#engine.close();
    if (this.#options.server === null) await this.#unbind();
    this.#options.logger.info({}, 'closed');
  }

  #bind(): Promise<void> {
    const { port, host } = this.#options;
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, host, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
  }

  #unbind(): Promise<void> {
    if (!this.#http.listening) return Promise.resolve();
    return new Promise((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  /** On our own HTTP server everything that is no upgrade and no question of health is a mistake. */
  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.handleHealth(request, response)) return;
    const isOurs = request.url?.split('?', 1)[0] === this.#options.path;
    const headers = { 'Content-Type': 'text/plain', ...(isOurs && { Upgrade: 'websocket', Connection: 'Upgrade' }) };
    response.writeHead(isOurs ? 426 : 404, headers).end(isOurs ? 'this is a WebSocket\n' : 'not found\n');
  }

  async #healthChanged({ status }: EngineHealth): Promise<void> {
    const { logger } = this.#options;
    if (status === 'degraded' && !this.#isDegraded) {
      this.#isDegraded = true;
      logger.warn({ engine: this.engine }, 'engine is degraded');
      this.#connections.notifyAll('degraded');
    }
    if (status !== 'ok' || !this.#isDegraded) return;
    logger.info({ engine: this.engine }, 'engine is back');
    await this.#registry.refill();
    // It may have gone again meanwhile; then the next time it comes back tells.
    if (this.#engine.health().status !== 'ok' || !this.#isDegraded) return;
    this.#isDegraded = false;
    this.#connections.notifyAll('restored');
  }

  #fault(error: unknown): void {
    this.metrics.count('faults');
    this.#options.logger.error(errorFields(error), 'appending failed unexpectedly');
  }

  #createRegistry(): RoomRegistry {
    const { clock, logger, windowBytes, lingerMs } = this.#options;
    return new RoomRegistry({
      log: this.#engine.log,
      feed: this.#engine.feed,
      clock,
      logger,
      metrics: this.metrics,
      gate: new ReadGate(READS_AT_A_TIME),
      window: { maxBytes: windowBytes, maxItems: MAX_WINDOW_ITEMS },
      pageSize: PAGE_SIZE,
      lingerMs,
      openTimeoutMs: OPEN_TIMEOUT_MS,
    });
  }

  #attach(): () => void {
    const { logger, path, origins, trustedProxies, maxFrameBytes, server } = this.#options;
    return attachUpgrade(this.#http, {
      connection: this.#connectionDeps(),
      connections: this.#connections,
      logger,
      metrics: this.metrics,
      path,
      origins,
      trustedProxies,
      maxPayload: 2 * maxFrameBytes,
      isAlone: server === null,
      isAccepting: () => this.#hasStarted && !this.#isDraining,
    });
  }

  #connectionDeps(): ConnectionDeps {
    const { clock, logger, instance, heartbeatMs, helloTimeoutMs, maxSocketBytes, stallMs, maxBufferedBytes } =
      this.#options;
    const { maxFrameBytes, maxRooms, maxInFlight } = this.#options;
    return {
      clock,
      logger,
      metrics: this.metrics,
      instance,
      authenticate: this.#authenticator(),
      commands: this.#commandDeps(),
      budget: new SendBudget(maxBufferedBytes),
      limits: { maxFrameBytes, maxRooms, maxInFlight, dedupeMs: this.#options.engine.dedupeMs },
      heartbeatMs,
      helloTimeoutMs,
      softLimit: maxSocketBytes,
      stallMs,
      logTime: () => this.#engine.now(),
      isDegraded: () => this.#isDegraded,
    };
  }

  #commandDeps(): CommandDeps {
    const { clock, logger, authorize, onMessage, hookTimeoutMs, maxFrameBytes, maxRooms, maxInFlight } = this.#options;
    const { ratePerSecond, rateBurst } = this.#options;
    const { metrics } = this;
    return {
      access: new Access({ authorize, hookTimeoutMs, clock, logger, metrics }),
      hook: onMessage === null ? null : new MessageHook({ onMessage, hookTimeoutMs, clock, logger, metrics }),
      registry: this.#registry,
      queues: this.#queues,
      log: this.#engine.log,
      feed: this.#engine.feed,
      clock,
      logger,
      metrics,
      hookTimeoutMs,
      maxFrameBytes,
      maxRooms,
      maxInFlight,
      rate: { perSecond: ratePerSecond, burst: rateBurst },
    };
  }

  #authenticator(): Authenticator {
    const { auth, clock, hookTimeoutMs, logger } = this.#options;
    if (auth === 'open') return openAuthenticator;
    if ('jwtSecret' in auth) return createJwtAuthenticator(auth.jwtSecret, clock);
    return createHookAuthenticator(auth.authenticate, { hookTimeoutMs, clock, logger, metrics: this.metrics });
  }
}
