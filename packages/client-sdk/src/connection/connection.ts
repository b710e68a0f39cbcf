/**
 * Hop 2/8: runs what `connection-state.ts` decides: sockets, deadlines, tokens, heartbeat. Every socket,
 * timer and promise belongs to one attempt; what comes from an older one is dropped here. Serves G7.5.
 */
import {
  closeSuspectsFrame,
  encodeFrame,
  SUBPROTOCOL,
  verdictOfClose,
  type AuthFrame,
  type ClientFrame,
  type ErrorCode,
  type ErrorFrame,
  type HelloFrame,
  type JoinRequest,
  type ServerFrame,
  type WelcomeFrame,
} from '@holdline/protocol';
import { nanoid } from 'nanoid';
import type { ConnectionStateEvent, StateReason } from '../api.ts';
import { backoffMs } from '../backoff.ts';
import { byteLength } from '../binary.ts';
import type { Clock } from '../clock.ts';
import { HoldlineError } from '../errors.ts';
import type { ResolvedOptions, WebSocketLike } from '../options.ts';
import { afterLoss, INITIAL, transition, type ConnectionSnapshot, type SimpleEvent } from './connection-state.ts';
import { look, lookEveryMs } from './heartbeat.ts';
import type { NetworkHint, NetworkHints } from './network-hints.ts';

/** How long the other end may take to answer when there is reason to doubt that it is there. */
const PROBE_MS = 2_500;
/** The browser says that there is no network; it may be wrong. */
const OFFLINE_RETRY_MS = 30_000;
/** A token is renewed this long before its end, or a fifth of its remaining life when that is shorter. */
const RENEW_BEFORE_MS = 60_000;
const RENEW_AGAIN_MS = 2_000;

/** A hello stays below this while the limit of the server is not known. */
const FIRST_FRAME_BYTES = 60_000;
/** `,"joins":[]` and a little. */
const JOINS_BYTES = 16;

export interface ConnectionPorts {
  readonly clock: Clock;
  readonly hints: NetworkHints;
}

/** What the connection asks and tells; `client.ts` answers. */
export interface ConnectionHooks {
  /** The joins that travel with the hello: at most this many bytes as JSON. */
  joins(maxBytes: number): readonly JoinRequest[];
  /** Is this welcome acceptable? An error makes the connection fail. */
  admit(welcome: WelcomeFrame): HoldlineError | undefined;
  up(welcome: WelcomeFrame): void;
  /** The socket is gone. `isSuspect`: one of our own frames may have ended it. */
  down(isSuspect: boolean): void;
  receive(frame: ServerFrame): void;
  changed(event: ConnectionStateEvent): void;
  report(error: HoldlineError): void;
  /** Do publishes wait for their answer? */
  hasInFlight(): boolean;
}

type Timer = 'phase' | 'look' | 'probe' | 'move' | 'renew';

const passing = (code: ErrorCode): HoldlineError => new HoldlineError(code, { retry: 'backoff' });

export class Connection {
  readonly #options: ResolvedOptions;
  readonly #ports: ConnectionPorts;
  readonly #hooks: ConnectionHooks;
  readonly #clientId = nanoid();
  readonly #timers = new Map<Timer, unknown>();
  #state = INITIAL;
  #socket: WebSocketLike | undefined;
  #urlIndex = 0;
  /** Server time at the zero of the monotonic clock. */
  #serverTime = 0;
  #maxFrameBytes = FIRST_FRAME_BYTES;
  #heardAt = 0;
  #sentAt = 0;
  #isSuspect = false;

  constructor(options: ResolvedOptions, ports: ConnectionPorts, hooks: ConnectionHooks) {
    this.#options = options;
    this.#ports = ports;
    this.#hooks = hooks;
  }

  /** The clock of the server, counted on from its last welcome. */
  serverNow(): number {
    return Math.floor(this.#serverTime + this.#ports.clock.monotonic());
  }

  get state(): ConnectionStateEvent['current'] {
    const { phase } = this.#state;
    return phase === 'waiting' ? 'reconnecting' : phase;
  }

  /** Opens if it is not open; now, where it waits for its backoff. */
  start(): void {
    this.#dispatch('start', 'requested');
  }

  close(): void {
    this.#dispatch('close', 'requested');
  }

  /** A hint never ends a connection that works: it is asked, and has to answer. */
  hear(hint: NetworkHint): void {
    if (this.#state.phase === 'connected') this.#probe();
    else this.#dispatch(hint === 'online' || hint === 'offline' ? hint : 'woke', hint);
  }

  /** Sends now, or not at all. @throws HoldlineError `message_too_large` */
  send(frame: ClientFrame): void {
    if (this.#state.phase !== 'connected') return;
    if (byteLength(encodeFrame(frame)) > this.#maxFrameBytes) throw new HoldlineError('message_too_large');
    this.#write(frame);
  }

  #dispatch(event: SimpleEvent, reason: StateReason): void {
    this.#go(transition(this.#state, event), reason);
  }

  /** Leaves the old phase and enters the new one. */
  #go(state: ConnectionSnapshot, reason: StateReason, error: HoldlineError | null = null): void {
    const previous = this.state;
    const { phase, attempt } = this.#state;
    this.#state = state;
    if (attempt !== state.attempt) this.#drop();
    if (phase === state.phase && attempt === state.attempt) return;
    const retryInMs = this.#enter(state);
    this.#hooks.changed({ current: this.state, previous, reason, retryInMs, error });
  }

  /** What a phase begins with; answers with the time until the next attempt where it waits for one. */
  #enter({ phase, failures }: ConnectionSnapshot): number | null {
    const { connectTimeoutMs, backoff } = this.#options;
    switch (phase) {
      case 'connecting':
      case 'reconnecting':
        this.#after('phase', connectTimeoutMs, () => this.#lose(passing('connect_failed')));
        void this.#open();
        return null;
      case 'connected':
        this.#after('phase', backoff.stableAfterMs, () => this.#dispatch('stable', 'welcome'));
        return null;
      case 'waiting':
      case 'offline': {
        const waitMs = backoffMs(failures, this.#ports.clock.random(), backoff.minMs, backoff.maxMs);
        const retryInMs = phase === 'offline' ? OFFLINE_RETRY_MS : waitMs;
        this.#after('phase', retryInMs, () => this.#dispatch('retry-due', 'retry'));
        return retryInMs;
      }
      default:
        return null;
    }
  }

  /** One timer of each kind; a second replaces the first, and all end with their attempt. */
  #after(timer: Timer, delayMs: number, run: () => void): void {
    const { clock } = this.#ports;
    clock.clearTimeout(this.#timers.get(timer));
    this.#timers.set(timer, clock.setTimeout(this.#fenced(run), delayMs));
  }

  #fenced<Args extends unknown[]>(run: (...args: Args) => void): (...args: Args) => void {
    const { attempt } = this.#state;
    return (...args) => {
      if (this.#state.attempt === attempt) run(...args);
    };
  }

  #drop(): void {
    for (const timer of this.#timers.values()) this.#ports.clock.clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    // Nobody waits for the close event: into a dead network a browser takes a minute to report it. It is fenced off.
    socket.close(1000);
    this.#hooks.down(this.#isSuspect);
    this.#isSuspect = false;
  }

  async #open(): Promise<void> {
    const { url, findWebSocket } = this.#options;
    let code: ErrorCode = 'auth_failed';
    const open = this.#fenced((token: string | undefined) => {
      code = 'connect_failed';
      const socket = new (findWebSocket())(url(this.#urlIndex), SUBPROTOCOL);
      socket.onopen = this.#fenced(() => this.#greet(token));
      socket.onmessage = this.#fenced(({ data }: { data: unknown }) => this.#receive(data));
      socket.onclose = this.#fenced((event: { code: number }) => this.#ended(event.code));
      // The error event says nothing that the close after it does not; unheard it ends a Node process that uses `ws`.
      socket.onerror = () => undefined;
      this.#socket = socket;
    });
    const fail = this.#fenced((cause: unknown) => this.#lose(new HoldlineError(code, { retry: 'backoff', cause })));
    await this.#token().then(open).catch(fail);
  }

  async #token(): Promise<string | undefined> {
    const { auth } = this.#options;
    return typeof auth === 'function' ? auth() : auth;
  }

  #greet(token: string | undefined): void {
    const hello = { type: 'hello', client: this.#clientId, token, user: this.#options.user } as HelloFrame;
    const joins = this.#hooks.joins(this.#maxFrameBytes - byteLength(encodeFrame(hello)) - JOINS_BYTES);
    this.#write({ ...hello, joins });
  }

  #write(frame: ClientFrame): void {
    this.#sentAt = this.#ports.clock.monotonic();
    this.#socket?.send(encodeFrame(frame));
  }

  #probe(): void {
    const askedAt = this.#ports.clock.monotonic();
    this.#write({ type: 'ping' });
    this.#after('probe', PROBE_MS, () => {
      if (this.#heardAt < askedAt) this.#lose(passing('heartbeat_timeout'));
    });
  }

  #receive(text: unknown): void {
    this.#heardAt = this.#ports.clock.monotonic();
    try {
      this.#handle(JSON.parse(text as string) as ServerFrame);
    } catch (cause) {
      this.#hooks.report(new HoldlineError('bad_frame', { cause }));
    }
  }

  #handle(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        return this.#welcome(frame);
      case 'ping':
        return this.#write({ type: 'pong' });
      case 'authenticated':
        return this.#renewBefore(frame.expiresAt);
      case 'error':
        if (!frame.room) return this.#refused(frame);
        break;
      case 'notice':
        if (frame.notice === 'draining') this.#after('move', frame.moveInMs ?? 0, () => this.#move());
        break;
      default:
    }
    if (this.#state.phase === 'connected') this.#hooks.receive(frame);
  }

  #welcome(frame: WelcomeFrame): void {
    const { limits, time, expiresAt, heartbeatMs } = frame;
    this.#maxFrameBytes = limits.maxFrameBytes;
    this.#serverTime = time - this.#heardAt;
    const error = this.#hooks.admit(frame);
    if (error) return this.#lose(error);
    this.#dispatch('welcomed', 'welcome');
    this.#renewBefore(expiresAt);
    this.#lookAgain(heartbeatMs);
    this.#hooks.up(frame);
  }

  #refused({ code, message, retry, request }: ErrorFrame): void {
    const error = new HoldlineError(code, { retry, cause: message });
    if (this.#state.phase !== 'connected') return this.#lose(error);
    this.#hooks.report(error);
    if (retry === 'after-auth' && request !== 'auth') void this.#renew();
  }

  #ended(closeCode: number): void {
    this.#isSuspect = closeSuspectsFrame(closeCode) && this.#hooks.hasInFlight();
    const retry = this.#isSuspect ? 'backoff' : verdictOfClose(closeCode);
    const code = { backoff: 'lost', never: 'forbidden', 'after-auth': 'unauthorized' }[retry];
    this.#lose(new HoldlineError(code, { retry, detail: { closeCode } }));
  }

  #lose(error: HoldlineError): void {
    this.#urlIndex += 1;
    const canReauth = typeof this.#options.auth === 'function';
    const state = afterLoss(this.#state, { retry: error.retry, canReauth, isOffline: this.#ports.hints.isOffline() });
    this.#go(state, error.code, error);
  }

  #move(): void {
    this.#urlIndex += 1;
    this.#dispatch('moved', 'draining');
  }

  /** One look at the link, and the appointment for the next. */
  #lookAgain(heartbeatMs: number): void {
    this.#after('look', lookEveryMs(heartbeatMs), () => {
      const nowMs = this.#ports.clock.monotonic();
      const verdict = look(nowMs - this.#heardAt, nowMs - this.#sentAt, heartbeatMs);
      if (verdict === 'dead') return this.#lose(passing('heartbeat_timeout'));
      if (verdict === 'ping') this.#write({ type: 'ping' });
      this.#lookAgain(heartbeatMs);
    });
  }

  #renewBefore(expiresAt: number | null | undefined): void {
    if (!expiresAt || typeof this.#options.auth !== 'function') return;
    const leftMs = expiresAt - this.serverNow();
    this.#renewIn(leftMs - Math.min(RENEW_BEFORE_MS, leftMs / 5));
  }

  /** Not at once: an application that keeps handing out an old token, or none, must not be asked without pause. */
  #renewIn(delayMs: number): void {
    this.#after('renew', Math.max(RENEW_AGAIN_MS, delayMs), () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const send = this.#fenced((token: string | undefined) => this.#write({ type: 'auth', token } as AuthFrame));
    const again = this.#fenced((cause: unknown) => {
      this.#hooks.report(new HoldlineError('auth_failed', { retry: 'backoff', cause }));
      this.#renewIn(0);
    });
    await this.#token().then(send).catch(again);
  }
}
