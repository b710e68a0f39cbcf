/**
 * Composition root: builds every part once, wires them, and starts and stops them in order.
 *
 *   listen:  HTTP answers (readyz 503) → engine starts → upgrades are accepted
 *   close:   no upgrades, readyz 503 → members are told to move → publishes under way are answered
 *            → the rest is closed → rooms unsubscribe → engine and HTTP close
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atMost } from './clock.ts';
import { APPEND_LIMITS, AppendQueues } from './commands/append-queue.ts';
import { connectionDeps, createRegistry } from './composition.ts';
import { createEngineObserver } from './engine-events.ts';
import type { Engine, EngineHealth } from './engine.ts';
import { answerHealth, healthOf, type ServerHealth } from './health.ts';
import { HttpFront } from './http-front.ts';
import { errorFields } from './logger.ts';
import { metricsPage } from './metrics-page.ts';
import { Metrics } from './metrics.ts';
import { resolveOptions, type ResolvedServerOptions, type ServerOptions } from './options.ts';
import type { RoomRegistry } from './room/room-registry.ts';
import { SparseLog } from './sparse-log.ts';
import { accept, type AcceptDeps } from './socket/accept.ts';
import { Connections } from './socket/connections.ts';
import type { ServerSocket } from './socket/server-socket.ts';
import { attachUpgrade } from './socket/upgrade.ts';

/** Who is at the other end of a socket that the application has opened itself. */
export interface SocketPeer {
  /** Limits are counted by it, and `authenticate` is told. @defaultValue `unknown`, which all such sockets share */
  readonly remoteAddress?: string;
  /** Of the handshake, for `authenticate`. @defaultValue none */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

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
  /** What happened so far, by the names of the counter table: `value` gives one, iterating all of them. */
  readonly metrics: Metrics;
  /**
   * Starts serving: listens, unless the HTTP server is the application's own or there is none (`port: null`), and
   * starts the engine. Resolves when connections are accepted; with Redis away that is when it is there.
   *
   * @throws Error when the port is taken, or the engine says that it must not serve.
   */
  listen(): Promise<void>;
  health(): ServerHealth;
  /**
   * Serves an open socket that did not come by this server's own upgrade: one of another WebSocket library, or
   * one end of a pipe within the process. It must speak the subprotocol `holdline.v1`; what the handshake decides
   * (origin, path, size of a frame) is the caller's business. Hand over each socket at once: what it received before
   * is not heard.
   *
   * @returns false when it is closed instead: with 4503 while the server does not serve, with 4529 when it
   * holds as many connections as it, or this address, may.
   */
  accept(socket: ServerSocket, peer?: SocketPeer): boolean;
  /**
   * Answers `/healthz`, `/readyz` and `/metrics` on a server of the application's own; false for other requests. An
   * application with a `/metrics` of its own answers that first, and may add what `metrics` counts to its page.
   */
  handleHealth(request: IncomingMessage, response: ServerResponse): boolean;
  /** Drains and closes; an HTTP server of the application's own stays open. Calling it again waits for the same end. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

const FIRST_REPORT_MS = 1000;
const WAITING_REPORT_MS = 10_000;
/** Lines of one kind that strangers, hooks or an outage can cause; of refusals, for each reason. */
const SPARSENESS = { lines: 5, everyMs: 10_000 };
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
  readonly #http: HttpFront;
  readonly #accept: AcceptDeps;
  readonly #undo: (() => void)[] = [];
  #hasStarted = false;
  #isDraining = false;
  /** Members have been told `degraded` and not yet `restored`. */
  #isDegraded = false;
  #degradedAtMs = 0;
  #toldFindings: readonly string[] = [];
  #closing: Promise<void> | null = null;

  constructor(options: ResolvedServerOptions) {
    this.#options = options;
    this.instance = options.instance;
    const { logger, clock } = options;
    this.#engine = options.engine.connect({
      instance: options.instance,
      observe: createEngineObserver(this.metrics, logger, clock),
    });
    const sparse = new SparseLog(logger, clock, SPARSENESS);
    const parts = { options, metrics: this.metrics, engine: this.#engine, sparse };
    this.#registry = createRegistry(parts);
    this.#queues = new AppendQueues({
      log: this.#engine.log,
      metrics: this.metrics,
      limits: APPEND_LIMITS,
      onFault: (error) => this.#fault(error),
    });
    this.#connections = new Connections(options, clock, this.metrics);
    this.#http = new HttpFront(options, (request, response) => this.handleHealth(request, response));
    const rooms = { registry: this.#registry, queues: this.#queues };
    this.#accept = {
      clock,
      logger,
      metrics: this.metrics,
      refusals: sparse,
      connection: connectionDeps(parts, rooms, () => this.#isDegraded),
      connections: this.#connections,
      isAccepting: () => this.#hasStarted && !this.#isDraining,
    };
  }

  get engine(): 'redis' | 'embedded' {
    return this.#engine.name;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  get address(): AddressInfo | null {
    return this.#http.address;
  }

  get port(): number {
    return this.#http.port;
  }

  get url(): string {
    return this.#http.url;
  }

  async listen(): Promise<void> {
    if (this.#closing !== null) throw new Error('the server was closed');
    this.#undo.push(
      this.#engine.onHealth((health) => void this.#healthChanged(health)),
      this.#attach(),
    );
    await this.#http.bind();
    this.#reportWaiting(FIRST_REPORT_MS);
    await this.#engine.start();
    await this.#firstSuccess();
    this.#registry.start();
    this.#hasStarted = true;
    this.#tellFindings();
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

  accept(socket: ServerSocket, { remoteAddress = 'unknown', headers = {} }: SocketPeer = {}): boolean {
    return accept(socket, { remoteAddress, headers }, this.#accept);
  }

  health(): ServerHealth {
    return healthOf(this.#engine.name, this.#engine.health(), {
      hasStarted: this.#hasStarted,
      isDraining: this.#isDraining,
    });
  }

  handleHealth(request: IncomingMessage, response: ServerResponse): boolean {
    return answerHealth(request, response, {
      health: () => this.health(),
      metricsPage: () => this.#metricsPage(),
    });
  }

  #metricsPage(): string {
    return metricsPage(this.metrics, {
      holdline_connections: this.connectionCount,
      holdline_rooms: this.#registry.size,
      holdline_buffered_bytes: this.#accept.connection.budget.bytes,
      holdline_engine_ok: this.#engine.health().status === 'ok' ? 1 : 0,
      process_start_time_seconds: performance.timeOrigin / 1000,
    });
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
    await this.#http.unbind();
    this.#options.logger.info({}, 'closed');
  }

  async #healthChanged({ status, findings }: EngineHealth): Promise<void> {
    const { logger, clock } = this.#options;
    if (status === 'degraded' && !this.#isDegraded) {
      this.#isDegraded = true;
      this.#degradedAtMs = clock.monotonic();
      logger.warn({ engine: this.engine, findings }, 'engine is degraded');
      this.#connections.notifyAll('degraded');
    }
    if (status !== 'ok' || !this.#isDegraded) return;
    this.#tellFindings();
    const awayMs = Math.round(clock.monotonic() - this.#degradedAtMs);
    logger.info({ engine: this.engine, awayMs }, 'engine is back');
    await this.#registry.refill();
    // It may have gone again meanwhile; then the next time it comes back tells.
    if (this.#engine.health().status !== 'ok' || !this.#isDegraded) return;
    this.#isDegraded = false;
    this.#connections.notifyAll('restored');
  }

  /** What the operator should know of an engine that serves: each finding in a line, and again only when it comes up anew. */
  #tellFindings(): void {
    const { findings } = this.#engine.health();
    for (const finding of findings) {
      if (!this.#toldFindings.includes(finding)) this.#options.logger.warn({ engine: this.engine, finding }, 'finding');
    }
    this.#toldFindings = findings;
  }

  #fault(error: unknown): void {
    this.metrics.count('faults');
    this.#options.logger.error(errorFields(error), 'appending failed unexpectedly');
  }

  #attach(): () => void {
    if (this.#http.server === null) return () => {};
    const { path, origins, trustedProxies, maxFrameBytes, server } = this.#options;
    return attachUpgrade(this.#http.server, {
      ...this.#accept,
      path,
      origins,
      trustedProxies,
      maxPayload: 2 * maxFrameBytes,
      isAlone: server === null,
    });
  }
}
