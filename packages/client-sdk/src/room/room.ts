/**
 * Hop 8/8: one room as the application sees it. Runs what `room-state.ts` decides, and hands each message
 * over once, in order, or a gap. Delivery starts with the first handler. Serves G1.1, G2.3, G3.2, G4.7.
 */
import {
  compareStreamIds,
  countOf,
  formatCursor,
  payloadOf,
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
  ConnectionState,
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
import { RECENT_BYTES, REJOIN_MAX_MS, REJOIN_MIN_MS } from '../bounds.ts';
import { createDeferred, type Deferred } from '../deferred.ts';
import { Emitter } from '../emitter.ts';
import { HoldlineError } from '../errors.ts';
import { bytesOf } from '../sizes.ts';
import { isMember, LEFT, transition, type RoomEvent } from './room-state.ts';
import { Trail } from './cursor.ts';

/** What a room needs of its client. */
export interface RoomHooks {
  /** Opens the connection if nothing has yet, or it is in the state `from`; a rejection when the client is closed. */
  start(from?: ConnectionState): Promise<never> | undefined;
  readonly connection: {
    readonly state: ConnectionState;
    readonly maxFrameBytes: number;
    send(frame: ClientFrame): void;
  };
  readonly outbox: {
    publish(room: RoomId, event: string, data: unknown, options?: PublishOptions): Promise<PublishResult>;
  };
  report(error: HoldlineError): void;
}

type Events = RoomEvents<Record<string, unknown>>;

export class RoomHandle extends Emitter<Events> implements Room {
  declare readonly name: RoomId;
  #joining: Deferred<void> | undefined;
  #isStalled: boolean | undefined;
  readonly #hooks: RoomHooks;
  readonly #trail = new Trail();
  #position!: Cursor;
  #state = LEFT;
  #askedRef: number | undefined;
  /** The cursor of an earlier page life. */
  #saved: string | null | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #options: RoomOptions;

  constructor(name: RoomId, options: RoomOptions, hooks: RoomHooks) {
    super(hooks);
    this.name = name;
    this.#options = options;
    this.#hooks = hooks;
    void this.guard(() => (this.#saved = options.persist?.load(name)));
  }

  get cursor(): Cursor | null {
    return this.#trail.head ?? null;
  }

  get state(): RoomState {
    const { phase } = this.#state;
    return phase === 'refused' ? 'degraded' : phase;
  }

  join(): Promise<void> {
    const refusal = this.#hooks.start('failed');
    if (refusal || (isMember(this.#state.phase) && this.state !== 'catching-up')) return refusal ?? Promise.resolve();
    this.#joining ??= createDeferred();
    const { promise } = this.#joining;
    this.dispatch({ type: 'join' });
    return promise;
  }

  leave(error = new HoldlineError('left')): void {
    this.dispatch({ type: 'leave' }, error);
  }

  override on<E extends keyof Events>(event: E, handler: (event: Events[E]) => unknown): Off {
    const off = super.on(event, handler);
    // What was left out while nobody listened is asked for again.
    if (this.#isStalled && this.has('message')) this.dispatch({ type: 'hole' });
    return off;
  }

  publish(event: string, data: unknown, options?: PublishOptions): Promise<PublishResult> {
    return this.#hooks.start() ?? this.#hooks.outbox.publish(this.name, event, data, options);
  }

  signal(event: string, data: unknown): void {
    if (isMember(this.#state.phase)) this.#hooks.connection.send({ type: 'signal', room: this.name, event, data });
  }

  /** The join that is wanted and not on its way yet, unless it takes more than `maxBytes`. */
  request(maxBytes?: number): JoinRequest | undefined {
    const { ref } = this.#state;
    if (this.#state.phase !== 'joining' || this.#askedRef === ref) return undefined;
    const join = {
      room: this.name,
      ref,
      since: this.#trail.head ?? this.#saved ?? this.#options.since,
      recent: this.#trail.recent().slice(0, this.#hooks.connection.maxFrameBytes / RECENT_BYTES),
    } as JoinRequest;
    // Nothing is larger than undefined.
    if (bytesOf(join) > (maxBytes as number)) return undefined;
    this.#askedRef = ref;
    return join;
  }

  receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'joined': {
        // Left while the join was on its way: the server has to be told, and no more follows from it.
        if (this.#state.phase === 'left') this.#resign();
        if (frame.ref !== this.#state.ref || this.#state.phase !== 'joining') return;
        this.#position = frame.position;
        if (!this.cursor) this.#trail.move({ cursor: frame.cursor });
        this.#isStalled = false;
        return this.dispatch(frame);
      }
      case 'live':
        return this.dispatch(frame);
      case 'error':
      case 'left':
        return this.#refused(frame);
      case 'signal':
        if (isMember(this.#state.phase)) this.emit('signal', frame);
        return;
      default:
    }
    if (!isMember(this.#state.phase)) return;
    // Without a handler the cursor stands still.
    this.#isStalled ||= !this.has('message');
    if (this.#isStalled) return;
    if (frame.type === 'gap') {
      this.#trail.gap(frame);
      this.#deliver('gap', frame);
    }
    if (frame.type === 'skip') this.#trail.move({ cursor: frame.cursor });
    if (frame.type === 'message') {
      // First: a payload that cannot be read must not move the cursor.
      const message = this.#message(frame);
      const taken = this.#trail.take(message);
      if (taken === 'hole') this.dispatch({ type: 'hole' });
      if (taken === 'next') this.#deliver('message', message);
    }
  }

  dispatch(event: RoomEvent, error: HoldlineError | null = null): void {
    const previous = this.state;
    const before = this.#state;
    this.#state = transition(before, event);
    if (before.phase !== this.#state.phase || before.ref !== this.#state.ref) this.#enter(error);
    if (this.state !== previous) void this.emit('state', { current: this.state, previous, error });
  }

  /** Sends the join, unless there is no connection or no need. */
  ask(): void {
    const join = this.#hooks.connection.state === 'connected' && this.request();
    try {
      if (join) this.#hooks.connection.send({ type: 'join', ...join });
    } catch (error) {
      // Too large, by what the application gave as `since`: no connection would take it.
      this.leave(error as HoldlineError);
    }
  }

  /** What a phase begins with. */
  #enter(error: HoldlineError | null): void {
    const { phase, failures } = this.#state;
    clearTimeout(this.#retry);
    if (phase === 'joining') this.ask();
    if (phase === 'left') this.#resign();
    if (/^l|denied/.test(phase)) this.settle(error);
    if (phase === 'refused') {
      this.#retry = setTimeout(
        () => this.dispatch({ type: 'retry' }),
        backoffMs(failures, REJOIN_MIN_MS, REJOIN_MAX_MS),
      );
    }
  }

  /** Who waits for the membership hears how it went. */
  settle(error: HoldlineError | null): void {
    if (error) this.#joining?.reject(error);
    this.#joining?.resolve();
    this.#joining = undefined;
  }

  #resign(): void {
    this.#hooks.connection.send({ type: 'leave', room: this.name });
  }

  #refused(frame: ErrorFrame | LeftFrame): void {
    const { code, ref, request, retry = code === 'forbidden' ? 'never' : 'backoff' } = frame as Partial<ErrorFrame>;
    if (!code) return;
    const error = new HoldlineError(code, { ...frame, retry, detail: { room: this.name } });
    if (frame.type === 'left' || request === 'join') this.dispatch({ type: 'refused', retry, ref }, error);
    else this.#hooks.report(error);
  }

  #message(frame: MessageFrame): Message {
    const { id, event, sender, messageId } = frame;
    return {
      id,
      event,
      sender,
      messageId,
      n: countOf(id),
      at: timeOf(id),
      cursor: formatCursor(id, messageId),
      data: payloadOf(frame),
      replayed: compareStreamIds(id, this.#position) <= 0,
    };
  }

  #deliver<E extends 'message' | 'gap'>(event: E, payload: Events[E], cursor = this.cursor): void {
    const handled = this.emit(event, payload);
    void this.guard(() => this.#options.persist?.delivered(this.name, cursor as Cursor, Promise.all(handled)));
  }
}
