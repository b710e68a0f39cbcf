/**
 * Hop 2/8: the composition root, the only file that knows connection, outbox and rooms. It hands frames from one to
 * the others and holds no state of its own beyond who and where we are.
 */
import {
  isRoomId,
  MAX_HELLO_JOINS,
  type JoinedFrame,
  type JoinRequest,
  type ServerFrame,
  type WelcomeFrame,
} from '@holdline/protocol';
import type {
  Client,
  ClientEvents,
  CloseOptions,
  ConnectionState,
  ConnectionStateEvent,
  Room,
  RoomOptions,
} from './api.ts';
import { bytesOf } from './sizes.ts';
import { FLUSH_LOOK_MS } from './bounds.ts';
import { createDeferred, type Deferred } from './deferred.ts';
import { Emitter } from './emitter.ts';
import { HoldlineError } from './errors.ts';
import { resolveOptions, type ClientOptions, type ResolvedOptions } from './options.ts';
import { MessageOutbox } from './outbox/outbox.ts';
import type { OutboxHooks } from './outbox/outbox-parts.ts';
import { indexedDbOutboxStore } from './outbox/indexeddb-outbox-store.ts';
import { NOWHERE } from './outbox/record-keeper.ts';
import type { ConnectionHooks } from './connection/connection-hooks.ts';
import { Connection } from './connection/connection.ts';
import { browserHints, type NetworkHints } from './connection/network-hints.ts';
import { RoomHandle, type RoomHooks } from './room/room.ts';
import type { AnyRooms } from './rooms.ts';

/**
 * Creates a client. Opens nothing: the first connect, join or publish does.
 * @throws HoldlineError `bad_options`
 */
export function createClient<Rooms = AnyRooms>(options: ClientOptions): Client<Rooms> {
  return new HoldlineClient(resolveOptions(options), browserHints) as unknown as Client<Rooms>;
}

/** As `createClient`, with the hints of a browser in the hands of the caller. */
export function createClientWith<Rooms>(options: ClientOptions, hints: NetworkHints): Client<Rooms> {
  return new HoldlineClient(resolveOptions(options), hints) as unknown as Client<Rooms>;
}

/** Its methods beyond `Client` are what the three parts may ask and tell. */
class HoldlineClient extends Emitter<ClientEvents> implements Client, ConnectionHooks, OutboxHooks, RoomHooks {
  declare readonly connection: Connection;
  declare readonly outbox: MessageOutbox;
  #connecting: Deferred<void> | undefined;
  readonly #hints: NetworkHints;
  #user: string | null | undefined;
  instance: string | null = null;
  #unlisten: (() => void) | undefined;
  readonly #rooms = new Map<string, RoomHandle>();

  constructor(options: ResolvedOptions, hints: NetworkHints) {
    super();
    this.#hints = hints;
    this.#user = options.user;
    this.connection = new Connection(options, hints, this);
    const { storage } = options;
    const store = typeof storage === 'object' ? storage : storage === 'memory' ? NOWHERE : indexedDbOutboxStore();
    this.outbox = new MessageOutbox({ ...options, store }, this);
  }

  get state(): ConnectionState {
    return this.connection.state;
  }

  get user(): string | null {
    return this.#user ?? null;
  }

  connect(): Promise<void> {
    const refusal = this.start();
    if (refusal || this.state === 'connected') return refusal ?? Promise.resolve();
    this.#connecting ??= createDeferred();
    const { promise } = this.#connecting;
    this.connection.start();
    return promise;
  }

  async close({ flush, timeoutMs = 10_000 }: CloseOptions = {}): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (flush && this.outbox.size && this.state !== 'closed' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, FLUSH_LOOK_MS));
    }
    this.#unlisten?.();
    this.connection.close();
    for (const room of this.#rooms.values()) room.leave(new HoldlineError('closed'));
    await this.outbox.close();
  }

  room(name: string, options: RoomOptions = {}): Room {
    if (!isRoomId(name)) throw new HoldlineError('bad_room', { message: name });
    const room = this.#rooms.get(name) ?? new RoomHandle(name, options, this);
    this.#rooms.set(name, room);
    return room as Room;
  }

  up(frame: WelcomeFrame): void {
    for (const room of this.#rooms.values()) room.ask();
    this.outbox.opened(frame.user, frame.limits);
  }

  down(isSuspect: boolean): void {
    this.outbox.lost(isSuspect);
    for (const room of this.#rooms.values()) room.dispatch({ type: 'disconnected' });
  }

  start(from?: ConnectionState): Promise<never> | undefined {
    this.connection.look();
    if (this.state === 'closed') return Promise.reject(new HoldlineError('closed'));
    this.#unlisten ??= this.#hints.listen((hint) => {
      // Page hide and freeze, on its way out or to sleep: others may take over. Page show and resume: awake again. No other hint
      // starts the outbox: a page that goes is told to be invisible after that, and one that may not connect leaves it to others.
      if (/de|ze/.test(hint)) return this.outbox.freeze();
      if (/sh|re/.test(hint)) this.outbox.start();
      this.connection.hear(hint);
    });
    this.outbox.start();
    if (this.state === 'idle' || this.state === from) {
      this.connection.start();
      // A handler that heard of it may have closed the client.
      return this.start();
    }
    return undefined;
  }

  joins(maxBytes: number): JoinRequest[] {
    const joins: JoinRequest[] = [];
    let free = maxBytes;
    for (const room of this.#rooms.values()) {
      const join = joins.length < MAX_HELLO_JOINS && room.request(free);
      if (!join) continue;
      free -= bytesOf(join) + 1;
      joins.push(join);
    }
    return joins;
  }

  admit(frame: WelcomeFrame): HoldlineError | undefined {
    if (this.#user === undefined) this.#user = frame.user;
    this.instance = frame.instance;
    return this.#user === frame.user ? undefined : new HoldlineError('user_changed');
  }

  receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'ack':
      case 'nack':
        return this.outbox.ack(frame);
      case 'notice':
        for (const room of this.#rooms.values()) room.dispatch({ type: frame.notice });
        return;
      default:
        this.#rooms.get((frame as JoinedFrame).room)?.receive(frame);
    }
  }

  changed(event: ConnectionStateEvent): void {
    const { current, error } = event;
    if (current !== 'connected') this.instance = null;
    if (current === 'failed') {
      // Another tab may still be let in, and send what this one may not.
      this.outbox.freeze();
      for (const room of this.#rooms.values()) room.settle(error);
    }
    // Connected, failed or closed: it is decided.
    // oxlint-disable-next-line unicorn/prefer-string-starts-ends-with -- 6 bytes of the bundle
    if (/ed$/.test(current)) {
      if (!this.instance) this.#connecting?.reject(error ?? new HoldlineError('closed'));
      this.#connecting?.resolve();
      this.#connecting = undefined;
    }
    void this.emit('state', event);
    if (current === 'failed') this.report(error as HoldlineError);
  }

  report(error: HoldlineError, event?: PropertyKey): void {
    // What the error handler itself throws must not come back to it.
    if (event !== 'error' && this.has('error')) void this.emit('error', error);
    // oxlint-disable-next-line no-console -- the last resort: nobody listens to errors
    else console.error(error);
  }
}
