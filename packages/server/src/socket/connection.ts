/**
 * Hop 3/8: one connection. Frames come from its line; what they mean is decided by `connection-state.ts` (the
 * connection) and `commands/` (everything else). Frames are handled one after the other; whatever goes wrong in
 * here ends this connection and no other (G7.6).
 */
import {
  decodeClientFrame,
  encodeAck,
  encodeFrame,
  ERROR_CODES,
  type ClientFrame,
  type CloseName,
  type ErrorCode,
  type NoticeKind,
  type ServerFrame,
  type Undecodable,
  type UserId,
  type WelcomeLimits,
} from '@holdline/protocol';
import { Commands, type CommandDeps } from '../commands/dispatch.ts';
import type { Principal } from '../commands/principal.ts';
import type { Session } from '../commands/session.ts';
import { errorFields } from '../logger.ts';
import type { Member } from '../room/member.ts';
import type { SparseLog } from '../sparse-log.ts';
import type { Authenticated, Authenticator, Credentials, Unauthenticated } from './authenticate.ts';
import {
  INITIAL_STATE,
  transition,
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
} from './connection-state.ts';
import { ExpiryTimer } from './expiry-timer.ts';
import type { Incoming } from './inbox.ts';
import { Line, type LineDeps, type LineOwner, type Wire } from './line.ts';
import { CLOSE_COUNTERS } from './server-socket.ts';

export interface ConnectionDeps extends LineDeps {
  readonly instance: string;
  readonly authenticate: Authenticator;
  readonly commands: CommandDeps;
  /** Takes a line for each refusal; anybody can cause any number. */
  readonly refusals: SparseLog;
  readonly limits: WelcomeLimits;
  readonly helloTimeoutMs: number;
  /** The clock of the log, ms since 1970. */
  logTime(): number;
  /** Whether `authenticate` looks at the headers of the handshake; else they are not kept. */
  readonly needsHeaders: boolean;
  /** Redis is away: whoever comes now must be told. */
  isDegraded(): boolean;
}

/** What the handshake told. */
export interface Peer extends Pick<Credentials, 'headers' | 'remoteAddress'> {
  /** New for each connection. */
  readonly id: string;
}

/** Who keeps all connections, and is told when the socket of one has closed. */
export interface ConnectionOwner {
  gone(connection: Connection): void;
}

/** What the frame that is being handled was. */
type Subject = { readonly frame: ClientFrame; readonly bytes: number } | { readonly undecodable: Undecodable };

const NOBODY: Principal = { user: null, expiresAt: null, grants: new Map() };
const NO_HEADERS: Credentials['headers'] = {};
const BINARY: Undecodable = { ok: false, code: 'binary_frame', message: 'frames are text', subject: {} };

export class Connection implements Session, LineOwner {
  readonly id: string;
  readonly remoteAddress: string;
  readonly #deps: ConnectionDeps;
  readonly #headers: Credentials['headers'];
  readonly #line: Line;
  readonly #commands: Commands;
  readonly #owner: ConnectionOwner;
  #expiry: ExpiryTimer | null = null;
  #helloTimer: unknown;
  #state: ConnectionState = INITIAL_STATE;
  #principal: Principal = NOBODY;
  #moveInMs = 0;

  constructor(deps: ConnectionDeps, wire: Wire, peer: Peer, owner: ConnectionOwner) {
    this.id = peer.id;
    this.remoteAddress = peer.remoteAddress;
    this.#deps = deps;
    this.#headers = deps.needsHeaders ? peer.headers : NO_HEADERS;
    this.#owner = owner;
    this.#line = new Line(wire, deps, this);
    this.#commands = new Commands(deps.commands, this);
    this.#helloTimer = deps.clock.setTimeout(() => void this.#fire({ type: 'hello-timed-out' }), deps.helloTimeoutMs);
  }

  get member(): Member {
    return this.#line;
  }

  get principal(): Principal {
    return this.#principal;
  }

  get isOpen(): boolean {
    return this.#state.name === 'open' || this.#state.name === 'draining';
  }

  get isDraining(): boolean {
    return this.#state.name === 'draining';
  }

  send(frame: ServerFrame): void {
    this.#line.answer(frame.type === 'ack' ? encodeAck(frame) : encodeFrame(frame));
  }

  /** Tells of the state of the server, once the connection is open. */
  notify(notice: NoticeKind): void {
    if (this.isOpen) this.send({ type: 'notice', notice });
  }

  /** A client counts `degraded` for the rooms that it is in. */
  tellIfDegraded(): void {
    if (this.#deps.isDegraded()) this.notify('degraded');
  }

  /** The server is going: the client should move after this long. */
  drain(moveInMs: number): void {
    this.#moveInMs = moveInMs;
    void this.#fire({ type: 'drain-started' });
  }

  /** The time to move is over. */
  endDrain(): void {
    void this.#fire({ type: 'drain-ended' });
  }

  overload(): void {
    void this.#fire({ type: 'overloaded' });
  }

  async refresh(token: string): Promise<boolean> {
    const { user } = this.#principal;
    const result = await this.#ask(token, user);
    if (!this.isOpen) return false;
    const code = result.ok ? (result.principal.user === user ? null : 'user_changed') : result.code;
    if (!result.ok || code !== null) {
      this.#logRefusal(result.ok ? { code: 'user_changed' } : result, 'refresh refused');
      this.#commands.refuse({ request: 'auth' }, { code: code ?? 'internal' });
      return false;
    }
    this.#actAs(result.principal);
    this.send({ type: 'authenticated', user, expiresAt: result.principal.expiresAt });
    return true;
  }

  /** Cuts the socket without a word. */
  terminate(): void {
    this.#line.terminate();
  }

  handle({ text, bytes }: Incoming): Promise<void> | undefined {
    const decoded = text === null ? BINARY : decodeClientFrame(text);
    if (decoded.ok) {
      const { frame } = decoded;
      return this.#fire({ type: frame.type === 'hello' ? 'hello' : 'frame' }, { frame, bytes });
    }
    const { code } = decoded;
    const isUnreadable = code === 'bad_frame' || code === 'unknown_frame' || code === 'binary_frame';
    if (isUnreadable) this.#deps.metrics.count('strikes');
    const atMs = this.#deps.clock.monotonic();
    const event: ConnectionEvent = isUnreadable ? { type: 'bad-frame', code, atMs } : { type: 'refused-frame', code };
    return this.#fire(event, { undecodable: decoded });
  }

  /** Runs one event through the state machine. Answers what it set going for this frame, unless that is over. */
  #fire(event: ConnectionEvent, subject?: Subject): Promise<void> | undefined {
    const before = this.#state;
    const { state, effects } = transition(before, event);
    this.#state = state;
    if (state.name !== before.name) {
      this.#deps.logger.debug({ connection: this.id, from: before.name, to: state.name, on: event.type }, 'connection');
    }
    // At most one effect of an event takes time.
    let underWay: Promise<void> | undefined;
    for (const effect of effects) underWay = this.#perform(effect, subject) ?? underWay;
    return underWay;
  }

  #perform(effect: ConnectionEffect, subject: Subject | undefined): Promise<void> | undefined {
    switch (effect.do) {
      case 'authenticate':
        return this.#authenticate(subject);
      case 'dispatch':
        return this.#dispatch(subject);
      case 'welcome':
        return this.#welcome();
      case 'refuse':
        if (subject !== undefined && 'undecodable' in subject) this.#commands.refuseUndecodable(subject.undecodable);
        return undefined;
      case 'send-error':
        return this.#sendError(effect.code);
      case 'notice-draining':
        this.send({ type: 'notice', notice: 'draining', moveInMs: this.#moveInMs });
        return undefined;
      case 'close':
        return this.#close(effect.close);
      case 'release':
        return this.#release();
    }
  }

  async #authenticate(subject: Subject | undefined): Promise<void> {
    this.#deps.clock.clearTimeout(this.#helloTimer);
    this.#helloTimer = null;
    if (subject === undefined || !('frame' in subject) || subject.frame.type !== 'hello') return;
    const { token = null, user = null, joins = [] } = subject.frame;
    const result = await this.#ask(token, user);
    if (this.#state.name !== 'authenticating') return;
    this.#deps.metrics.count(result.ok ? 'hellos_accepted' : 'hellos_refused');
    if (!result.ok) {
      this.#logRefusal(result, 'hello refused');
      return this.#fire({ type: 'auth-refused', code: result.code });
    }
    this.#actAs(result.principal);
    await this.#fire({ type: 'authenticated' });
    this.#commands.joinAll(joins);
  }

  #ask(token: string | null, user: UserId | null): Promise<Authenticated> {
    return this.#deps.authenticate({ token, user, remoteAddress: this.remoteAddress, headers: this.#headers });
  }

  #logRefusal({ code, why = {} }: Pick<Unauthenticated, 'code' | 'why'>, message: string): void {
    const fields = { connection: this.id, address: this.remoteAddress, code, ...why };
    this.#deps.refusals.warn(fields, message, `${message}: ${code}`);
  }

  #actAs(principal: Principal): void {
    this.#principal = principal;
    if (principal.expiresAt !== null) {
      this.#expiry ??= new ExpiryTimer(this.#deps.clock, () => void this.#fire({ type: 'token-expired' }));
    }
    this.#expiry?.set(principal.expiresAt);
  }

  #welcome(): undefined {
    const { instance, limits, heartbeats } = this.#deps;
    const { intervalMs: heartbeatMs } = heartbeats;
    const { user, expiresAt } = this.#principal;
    const time = this.#deps.logTime();
    this.send({ type: 'welcome', connection: this.id, instance, user, expiresAt, time, limits, heartbeatMs });
    this.tellIfDegraded();
  }

  #dispatch(subject: Subject | undefined): Promise<void> | undefined {
    if (subject === undefined || !('frame' in subject)) return undefined;
    const { frame, bytes } = subject;
    return frame.type === 'hello' ? undefined : this.#commands.dispatch(frame, bytes);
  }

  #sendError(code: ErrorCode): undefined {
    this.send({ type: 'error', code, retry: ERROR_CODES[code].retry });
  }

  #close(name: CloseName): undefined {
    const counter = CLOSE_COUNTERS[name];
    if (counter !== undefined) this.#deps.metrics.count(counter);
    this.#line.close(name);
  }

  #release(): undefined {
    this.#deps.clock.clearTimeout(this.#helloTimer);
    this.#helloTimer = null;
    this.#expiry?.set(null);
    this.#commands.close();
    this.#line.release();
  }

  onSilent(): void {
    void this.#fire({ type: 'silent' });
  }

  onStalled(): void {
    void this.#fire({ type: 'stalled' });
  }

  onClosed(): void {
    void this.#fire({ type: 'socket-closed' });
    this.#owner.gone(this);
  }

  onFault(error: unknown): void {
    this.#deps.metrics.count('faults');
    this.#deps.logger.error({ connection: this.id, ...errorFields(error) }, 'handling a frame failed unexpectedly');
    void this.#fire({ type: 'fault' });
  }
}
