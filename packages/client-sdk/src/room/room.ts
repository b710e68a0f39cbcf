/**
 * Hop 8/8: one room as the application sees it. Runs what `room-state.ts` decides, and hands each message
 * over once, in order, or a gap. Delivery starts with the first handler. Serves G1.1, G2.3, G3.2, G4.7.
 */
import {
  compareStreamIds,
  countOf,
  timeOf,
  type ClientFrame,
  type Cursor,
  type ErrorFrame,
  type LeftFrame,
  type JoinRequest,
  type MessageFrame,
  type RoomId,
  type ServerFrame,
} from '@holdline/protocol';
import type {
  Gap,
  Message,
  Off,
  PublishOptions,
  PublishResult,
  Room,
  RoomEvents,
  RoomOptions,
  RoomState,
} from '../api.ts';
import { backoffMs } from '../backoff.ts';
import { byteLength, fromBase64 } from '../binary.ts';
import type { Clock } from '../clock.ts';
import { createDeferred, type Deferred } from '../deferred.ts';
import { Emitter } from '../emitter.ts';
import { HoldlineError } from '../errors.ts';
import { isMember, LEFT, transition, type RoomEvent } from './room-state.ts';
import { Trail } from './cursor.ts';

/** Received while nobody listened. What comes after that is fetched again when somebody does. */
const MAX_UNDELIVERED = 256;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 20_000;

/** What a room needs of its client. */
export interface RoomHooks {
  readonly clock: Clock;
  /** Opens the connection if nothing has yet; a rejection when the client is closed. */
  start(): Promise<never> | undefined;
  /** False when there is no open connection. */
  isConnected(): boolean;
  send(frame: ClientFrame): void;
  publish(room: RoomId, event: string, data: unknown, options?: PublishOptions): Promise<PublishResult>;
  report(error: HoldlineError): void;
}

type Events = RoomEvents<Record<string, unknown>>;

/** Something that stands behind the cursor; without an event it moves the cursor only. */
interface Arrival {
  readonly cursor: Cursor;
  readonly event?: 'message' | 'gap';
  readonly payload?: Message | Gap;
}

export class RoomHandle implements Room {
  readonly name: RoomId;
  readonly #options: RoomOptions;
  readonly #hooks: RoomHooks;
  readonly #emitter: Emitter<Events>;
  readonly #trail = new Trail();
  readonly #arrivals: Arrival[] = [];
  #state = LEFT;
  #cursor: Cursor | null = null;
  readonly #since: RoomOptions['since'];
  #position = '0-0' as MessageFrame['id'];
  #askedRef = 0;
  #isStalled = false;
  #isDelivering = false;
  #joining: Deferred<void> | undefined;

  constructor(name: RoomId, options: RoomOptions, hooks: RoomHooks) {
    this.name = name;
    this.#options = options;
    this.#hooks = hooks;
    this.#since = options.persist?.load(name) ?? options.since;
    this.#emitter = new Emitter((error) => hooks.report(error));
  }

  get state(): RoomState {
    const { phase } = this.#state;
    return phase === 'refused' ? 'degraded' : phase;
  }

  get cursor(): Cursor | null {
    return this.#cursor;
  }

  join(): Promise<void> {
    const refusal = this.#hooks.start();
    if (refusal || this.#isCaughtUp()) return refusal ?? Promise.resolve();
    this.#joining ??= createDeferred();
    const { promise } = this.#joining;
    this.dispatch({ type: 'join' });
    this.#deliver();
    return promise;
  }

  leave(error = new HoldlineError('left')): void {
    this.dispatch({ type: 'leave' }, error);
  }

  on<E extends keyof Events>(event: E, handler: (event: Events[E]) => void | Promise<void>): Off {
    const off = this.#emitter.on(event, handler);
    // Not before `on` has returned: a handler may use its own undo.
    queueMicrotask(() => this.#deliver());
    return off;
  }

  publish(event: string, data: unknown, options?: PublishOptions): Promise<PublishResult> {
    return this.#hooks.start() ?? this.#hooks.publish(this.name, event, data, options);
  }

  signal(event: string, data: unknown): void {
    if (isMember(this.#state.phase)) this.#hooks.send({ type: 'signal', room: this.name, event, data });
  }

  /** The join that is wanted and not on its way yet, unless it takes more than `maxBytes`. */
  request(maxBytes = Infinity): JoinRequest | undefined {
    const { phase, ref } = this.#state;
    if (phase !== 'joining' || this.#askedRef === ref) return undefined;
    const since = (this.#trail.head ?? this.#since) as JoinRequest['since'];
    const recent = this.#trail.recent();
    const join = { room: this.name, ref, since, recent } as JoinRequest;
    if (byteLength(JSON.stringify(join)) > maxBytes) return undefined;
    this.#askedRef = ref;
    return join;
  }

  receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'joined': {
        // Left while the join was on its way: the server has to be told.
        if (this.#state.phase === 'left') return this.#resign();
        if (frame.ref !== this.#state.ref || this.#state.phase !== 'joining') return;
        this.#position = frame.position.split('~')[0] as MessageFrame['id'];
        if (!this.#trail.head) {
          this.#trail.move(frame.cursor);
          this.#arrive({ cursor: frame.cursor });
        }
        return this.dispatch(frame);
      }
      case 'live':
        return this.dispatch({ type: 'live' });
      case 'error':
      case 'left':
        return this.#refused(frame);
      default:
    }
    if (!isMember(this.#state.phase)) return;
    if (frame.type === 'signal') return void this.#emitter.emit('signal', frame);
    if (this.#arrivals.length >= MAX_UNDELIVERED) this.#isStalled = true;
    if (!this.#isStalled) this.#receiveEntry(frame);
  }

  dispatch(event: RoomEvent, error: HoldlineError | null = null): void {
    const previous = this.state;
    const { phase, ref } = this.#state;
    this.#state = transition(this.#state, event);
    if (phase !== this.#state.phase || ref !== this.#state.ref) this.#enter(error);
    if (this.state !== previous) void this.#emitter.emit('state', { current: this.state, previous, error });
  }

  /** Sends the join, unless there is no connection or no need. */
  ask(): void {
    const join = this.#hooks.isConnected() && this.request();
    if (join) this.#hooks.send({ type: 'join', ...join });
  }

  /** The client has failed: what waits is told, the membership is still wanted. */
  fail(error: HoldlineError): void {
    this.#joining?.reject(error);
    this.#joining = undefined;
  }

  /** What a phase begins with. */
  #enter(error: HoldlineError | null): void {
    const { clock } = this.#hooks;
    const { phase, failures, ref } = this.#state;
    if (phase === 'joining') this.ask();
    if (phase === 'left') this.#resign();
    if (phase === 'live') this.#joining?.resolve();
    if (phase === 'live') this.#joining = undefined;
    if (phase === 'left' || phase === 'denied') this.fail(error as HoldlineError);
    if (phase !== 'refused') return;
    const retry = (): void => {
      if (ref === this.#state.ref) this.dispatch({ type: 'retry-due' });
    };
    clock.setTimeout(retry, backoffMs(failures, clock.random(), RETRY_MIN_MS, RETRY_MAX_MS));
  }

  #isCaughtUp(): boolean {
    return isMember(this.#state.phase) && this.#state.phase !== 'catching-up';
  }

  #resign(): void {
    this.#hooks.send({ type: 'leave', room: this.name });
  }

  #refused(frame: ErrorFrame | LeftFrame): void {
    const { code } = frame;
    if (code === undefined) return;
    const isError = frame.type === 'error';
    const retry = isError ? frame.retry : code === 'forbidden' ? 'never' : 'backoff';
    const error = new HoldlineError(code, { retry, detail: { room: this.name } });
    if (isError && frame.request !== 'join') this.#hooks.report(error);
    else this.dispatch({ type: 'refused', retry, ref: isError ? frame.ref : undefined }, error);
  }

  #receiveEntry(frame: ServerFrame): void {
    if (frame.type === 'gap') {
      this.#trail.gap(frame);
      this.#arrive({ cursor: frame.next, event: 'gap', payload: frame });
    }
    if (frame.type === 'skip') {
      this.#trail.move(frame.cursor);
      this.#arrive({ cursor: frame.cursor });
    }
    if (frame.type === 'message') {
      const taken = this.#trail.take(frame);
      const cursor = this.#trail.head as Cursor;
      if (taken === 'hole') this.dispatch({ type: 'hole' });
      if (taken === 'repeat') this.#arrive({ cursor });
      if (taken === 'next') this.#arrive({ cursor, event: 'message', payload: this.#message(frame, cursor) });
    }
  }

  #message({ id, event, data, base64, sender, messageId }: MessageFrame, cursor: Cursor): Message {
    return {
      id,
      n: countOf(id),
      cursor,
      event,
      data: base64 === undefined ? data : fromBase64(base64),
      sender,
      messageId,
      at: timeOf(id),
      replayed: compareStreamIds(id, this.#position) <= 0,
    };
  }

  #arrive(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.#deliver();
  }

  /** Hands over what has arrived, in order, for as long as somebody listens. */
  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let next = this.#arrivals[0]; next && this.#mayDeliver(next); next = this.#arrivals[0]) {
      const { cursor, event, payload } = next;
      this.#arrivals.shift();
      this.#cursor = cursor;
      const handled = event ? this.#emitter.emit(event, payload as never) : Promise.resolve();
      this.#options.persist?.delivered(this.name, cursor, handled);
    }
    this.#isDelivering = false;
    if (this.#isStalled && this.#arrivals.length === 0) {
      this.#isStalled = false;
      this.dispatch({ type: 'hole' });
    }
  }

  #mayDeliver({ event }: Arrival): boolean {
    return !event || (this.#emitter.has('message') && this.#state.phase !== 'left');
  }
}
