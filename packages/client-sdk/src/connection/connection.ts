/**
 * Hop 2/8: runs what `connection-state.ts` decides: sockets, deadlines, tokens, heartbeat. Every socket,
 * timer and promise belongs to one attempt; what comes from an older one is dropped here. Serves G7.5.
 * Over 300 lines: what is fenced by the attempt stands together, and apart it would cost bytes of the bundle.
 */
import {
  closeSuspectsFrame,
  DEFAULT_MAX_FRAME_BYTES,
  SUBPROTOCOL,
  TOO_BIG,
  verdictOfClose,
  type ClientFrame,
  type ErrorCode,
  type ErrorFrame,
  type HelloFrame,
  type ServerFrame,
  type WelcomeFrame,
} from '@holdline/protocol';
import type { ConnectionStateEvent, StateReason } from '../api.ts';
import { backoffMs } from '../backoff.ts';
import { bytesOf, randomId } from '../sizes.ts';
import {
  JOINS_BYTES,
  MAX_DELAY_MS,
  MIN_HEARTBEAT_MS,
  OFFLINE_RETRY_MS,
  PROBE_MS,
  RENEW_AT,
  RENEW_PAUSE_MS,
} from '../bounds.ts';
import { HoldlineError } from '../errors.ts';
import type { ResolvedOptions, WebSocketLike } from '../options.ts';
import {
  afterLoss,
  hasSocket,
  INITIAL,
  transition,
  type ConnectionSnapshot,
  type SimpleEvent,
} from './connection-state.ts';
import type { ConnectionHooks } from './connection-hooks.ts';
import { check } from './frame-check.ts';
import type { NetworkHint, NetworkHints } from './network-hints.ts';

type Timer = 'phase' | 'look' | 'probe' | 'move' | 'renew' | `rest ${string}`;

const passing = (code: ErrorCode, cause?: unknown): HoldlineError =>
  new HoldlineError(code, { retry: 'backoff', cause });

export class Connection {
  readonly #hints: NetworkHints;
  readonly #options: ResolvedOptions;
  readonly #hooks: ConnectionHooks;
  readonly #clientId = randomId();
  readonly #timers = new Map<Timer, ReturnType<typeof setTimeout>>();
  #state = INITIAL;
  #socket: WebSocketLike | undefined;
  /** What may be said before the server has told its limit: less after each frame that was too large. */
  #helloBytes = DEFAULT_MAX_FRAME_BYTES;
  // What has no value here is set before anybody looks: by the first frame, the hello, the welcome.
  #heartbeatMs!: number;
  /** Server time at the zero of the monotonic clock. */
  #serverTime!: number;
  /** The server's once it has told it. */
  maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;
  #isSuspect = false;
  #heardAt!: number;
  #sentAt!: number;

  constructor(options: ResolvedOptions, hints: NetworkHints, hooks: ConnectionHooks) {
    this.#options = options;
    this.#hints = hints;
    this.#hooks = hooks;
  }

  /** The clock of the server, counted on from its last welcome. */
  now(): number {
    return Math.floor(this.#serverTime + performance.now());
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

  /** A hint never ends a connection that works: it is asked, and has a short deadline to say something. */
  hear(hint: NetworkHint): void {
    if (this.state === 'connected') {
      const askedAt = Date.now();
      this.#write({ type: 'ping' });
      // Since it was asked, not for so long: timers are late. The clocks of some browsers are coarse, hence the 1.
      this.after('probe', PROBE_MS, () => this.look(Date.now() - askedAt + 1));
    } else this.#dispatch(hint === 'offline' ? hint : 'retry', hint);
  }

  /** Sends now, or not at all. @throws HoldlineError `message_too_large` */
  send(frame: ClientFrame): void {
    if (this.state !== 'connected') return;
    if (bytesOf(frame) > this.maxFrameBytes) throw new HoldlineError('message_too_large');
    this.#write(frame);
  }

  #dispatch(event: SimpleEvent, reason: StateReason = event): void {
    this.#go(transition(this.#state, event), reason);
  }

  /** Leaves the old phase and enters the new one. */
  #go(state: ConnectionSnapshot, reason: StateReason, error: HoldlineError | null = null): void {
    const previous = this.state;
    const { phase, attempt } = this.#state;
    this.#state = state;
    if (attempt !== state.attempt) this.#drop();
    // A handler of the application that heard of the loss may have gone on from here already.
    if (this.#state !== state || (phase === state.phase && attempt === state.attempt)) return;
    const retryInMs = this.#enter(state);
    this.#hooks.changed({ current: this.state, previous, reason, retryInMs, error });
  }

  /** What a phase begins with; answers with the time until the next attempt where it waits for one. */
  #enter({ phase, failures }: ConnectionSnapshot): number | null {
    const { connectTimeoutMs, minMs, maxMs, stableAfterMs } = this.#options;
    if (phase === 'connected') this.after('phase', stableAfterMs, () => this.#dispatch('stable'));
    else if (hasSocket(phase)) {
      this.after('phase', connectTimeoutMs, () => this.#lose(passing('connect_failed')));
      this.#open();
    }
    if (phase !== 'offline' && phase !== 'waiting') return null;
    const retryInMs = phase === 'offline' ? OFFLINE_RETRY_MS : backoffMs(failures, minMs, maxMs);
    this.after('phase', retryInMs, () => this.#dispatch('retry'));
    return retryInMs;
  }

  /** One timer of each kind; a second replaces the first, and all end with their attempt. */
  after(timer: Timer, delayMs: number, run: () => void): void {
    clearTimeout(this.#timers.get(timer));
    this.#timers.set(timer, setTimeout(this.#fenced(run), delayMs < MAX_DELAY_MS ? delayMs : MAX_DELAY_MS));
  }

  #fenced<Args extends unknown[]>(run: (...args: Args) => void): (...args: Args) => void {
    const made = this.#state.attempt;
    return (...args) => {
      if (this.#state.attempt === made) run(...args);
    };
  }

  #drop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    // Nobody waits for the close event: into a dead network a browser takes a minute to report it. It is fenced off.
    socket.close(1000);
    this.#hooks.down(this.#isSuspect);
    this.#isSuspect = false;
  }

  #open(): void {
    let code: ErrorCode = 'auth_failed';
    const open = (token: string | undefined): void => {
      const { url, WebSocket = globalThis.WebSocket } = this.#options;
      code = 'connect_failed';
      if (!WebSocket) return this.#lose(new HoldlineError('bad_options', { message: 'WebSocket' }));
      const socket = new WebSocket(url(), SUBPROTOCOL);
      socket.onopen = this.#fenced(() => this.#greet(token));
      socket.onmessage = this.#fenced(({ data }: { data: unknown }) => this.#receive(data));
      socket.onclose = this.#fenced((event: { code: number }) => this.#ended(event.code));
      // The error event says nothing that the close after it does not; unheard it ends a Node process that uses `ws`.
      // `Boolean` does nothing with it; a function of our own, written here, would keep this client until a full collection.
      socket.onerror = Boolean;
      this.#socket = socket;
    };
    void this.#token()
      .then(this.#fenced(open))
      .catch(this.#fenced((cause: unknown) => this.#break(code, cause)));
  }

  async #token(): Promise<string | undefined> {
    const { auth } = this.#options;
    return typeof auth === 'function' ? auth() : auth;
  }

  #greet(token: string | undefined): void {
    const hello = { type: 'hello', client: this.#clientId, token, user: this.#options.user } as HelloFrame;
    this.#write({ ...hello, joins: this.#hooks.joins(this.#helloBytes - bytesOf(hello) - JOINS_BYTES) });
  }

  #write(frame: ClientFrame): void {
    this.#sentAt = Date.now();
    this.#socket?.send(JSON.stringify(frame));
  }

  #receive(text: unknown): void {
    this.#heardAt = Date.now();
    try {
      const frame = JSON.parse(text as string) as ServerFrame;
      // A handler may end the connection in the middle of a batch.
      const made = this.#state.attempt;
      for (const each of frame.type === 'batch' ? frame.frames : [frame]) {
        if (this.#state.attempt === made) this.#handle(each);
      }
    } catch (cause) {
      // What it was to tell may be a message: from the start, and after a pause.
      this.#break('bad_frame', cause);
    }
  }

  #break(code: ErrorCode, cause: unknown): void {
    const error = passing(code, cause);
    this.#hooks.report(error);
    this.#lose(error);
  }

  #handle(frame: ServerFrame): void {
    check(frame, frame.type);
    if (frame.type === 'welcome') return this.#welcome(frame);
    if (frame.type === 'ping') return this.#write({ type: 'pong' });
    if (frame.type === 'authenticated') return this.#renewBefore(frame.expiresAt);
    if (frame.type === 'error' && !frame.room) return this.#refused(frame);
    if (frame.type === 'notice' && frame.notice === 'draining') {
      this.after('move', frame.moveInMs ?? 0, () => this.#lose(passing('draining')));
    }
    if (this.state === 'connected') this.#hooks.receive(frame);
  }

  #welcome(frame: WelcomeFrame): void {
    check(frame.limits, 'limits');
    this.#helloBytes = this.maxFrameBytes = frame.limits.maxFrameBytes;
    this.#serverTime = frame.time - performance.now();
    const error = this.#hooks.admit(frame);
    if (error) return this.#lose(error);
    this.#heartbeatMs = Math.max(MIN_HEARTBEAT_MS, frame.heartbeatMs);
    this.#dispatch('welcome');
    this.look();
    this.#renewBefore(frame.expiresAt);
    // A handler of the new state may have closed the client.
    if (this.state === 'connected') this.#hooks.up(frame);
  }

  #refused(frame: ErrorFrame): void {
    const error = new HoldlineError(frame.code, frame);
    if (this.state !== 'connected') return this.#lose(error);
    this.#hooks.report(error);
    if (frame.retry === 'after-auth' && frame.request !== 'auth') void this.#renew();
  }

  #ended(closeCode: number): void {
    if (closeCode === TOO_BIG) this.#helloBytes /= 2;
    this.#isSuspect = closeSuspectsFrame(closeCode) && this.#hooks.outbox.items.some((item) => item.state === 'sent');
    const retry = this.#isSuspect ? 'backoff' : verdictOfClose(closeCode);
    // A server that has more to say has sent an error frame before.
    this.#lose(new HoldlineError('lost', { retry, detail: { closeCode } }));
  }

  #lose(error: HoldlineError): void {
    this.#go(afterLoss(this.#state, error.retry, this.#hints.isOffline()), error.code, error);
  }

  /**
   * One look at the link, and the appointment for the next. Both sides send something at least every heartbeat, and
   * twice that without a frame is a dead link, whatever the browser says.
   *
   * By the clock of the device: the monotonic one stands still while most devices sleep. So does `now`, and what it stamped after
   * that would be refused as beyond the window when it is sent again: hence a look before each publish. The clock of the device may
   * be set as well, back or forward, which costs a connection. To stamp with it would cost more: a time ahead lets a second copy in.
   */
  look(deadAfterMs = 2 * this.#heartbeatMs): void {
    const nowMs = Date.now();
    const halfMs = this.#heartbeatMs / 2;
    if (this.state !== 'connected') return;
    if (Math.abs(nowMs - this.#heardAt) >= deadAfterMs) return this.#lose(passing('heartbeat_timeout'));
    if (nowMs - this.#sentAt >= halfMs) this.#write({ type: 'ping' });
    // At the deadline, not at the next regular look behind it.
    this.after('look', Math.min(halfMs, this.#heardAt + halfMs * 4 - nowMs), () => this.look());
  }

  /** Before its end: when most of its remaining life is over, and again where that failed. */
  #renewBefore(expiresAt: number | null | undefined): void {
    if (!expiresAt || typeof this.#options.auth !== 'function' || this.state !== 'connected') return;
    // Not at once: an application that keeps handing out an old token must not be asked without pause.
    this.after(
      'renew',
      Math.max(RENEW_PAUSE_MS, (expiresAt - this.now()) * RENEW_AT),
      () => void this.#renew(expiresAt),
    );
  }

  async #renew(expiresAt?: number): Promise<void> {
    try {
      this.send({ type: 'auth', token: (await this.#token()) as string });
    } catch (cause) {
      this.#hooks.report(passing('auth_failed', cause));
      this.#renewBefore(expiresAt);
    }
  }
}
