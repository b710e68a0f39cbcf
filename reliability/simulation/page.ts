/**
 * A page of an application: one client, what it publishes and sees, and its end as pages end: closed in order, or gone
 * from one moment to the next.
 */
import type { Client, PublishOptions, Room } from '@holdline/client';
import { createClientWith, type NetworkHint } from '@holdline/client/testing';
import type { Browser } from './browser.ts';
import type { Network } from './network.ts';
import type { PageHooks, PageOptions, Published } from './page-parts.ts';
import { PageSocket } from './page-socket.ts';
import { RoomWatch } from './room-watch.ts';
import { createOwner, type Owner } from './virtual-time.ts';

class DialledSocket extends PageSocket {
  constructor(owner: Owner, network: Network, url: string, _protocols: string) {
    super();
    if (!owner.isDead) network.dial(url, owner, this);
  }
}

export class Page {
  readonly name: string;
  readonly slot: number;
  readonly owner: Owner;
  readonly browser: Browser;
  readonly client: Client;
  readonly published: Published[] = [];
  readonly watches = new Map<string, RoomWatch>();
  /** Codes of the errors that the client told. */
  readonly errors: string[] = [];
  isStorageBroken = false;
  isOffline = false;
  isClosed = false;
  readonly #hooks: PageHooks;
  readonly #options: PageOptions;
  readonly #offs = new Map<string, () => void>();
  #onHint: ((hint: NetworkHint) => void) | null = null;
  #naps = 0;

  constructor(options: PageOptions, hooks: PageHooks) {
    const { name, slot, browser, after, maxBackoffMs, auth } = options;
    this.name = name;
    this.slot = slot;
    this.browser = browser;
    this.owner = createOwner(name);
    this.#hooks = hooks;
    this.#options = options;
    this.client = this.#as(() =>
      createClientWith(
        {
          url: hooks.urls,
          user: browser.user,
          scope: 'sim',
          WebSocket: this.#webSocket(),
          storage: browser.store(this.owner),
          backoff: { minMs: 100, maxMs: maxBackoffMs, stableAfterMs: 2_000 },
          connectTimeoutMs: 2_000,
          ...(auth !== undefined && { auth }),
        },
        {
          isOffline: () => this.isOffline,
          listen: (onHint) => {
            this.#onHint = onHint;
            return () => (this.#onHint = null);
          },
        },
      ),
    );
    hooks.record({
      kind: 'session-started',
      session: name,
      producer: browser.user,
      user: browser.user,
      runtime: 'simulated',
      after,
    });
    this.#listen();
  }

  get isLive(): boolean {
    return !this.owner.isDead && !this.isClosed;
  }

  /** Runs something as this page, as a task of its own would. */
  do(run: (client: Client) => unknown): void {
    if (this.owner.isDead) return;
    this.#as(() => {
      try {
        const result = run(this.client);
        if (result instanceof Promise) result.catch(() => undefined);
      } catch {
        // The application called at a moment at which it must not: it is told so, and nothing else happens.
      }
    });
  }

  room(name: string): Room {
    const isNew = !this.watches.has(name);
    const room = this.client.room(name, { since: this.#options.since });
    if (isNew) this.#watch(name, room);
    return room;
  }

  join(name: string): void {
    this.do(() => this.room(name).join());
  }

  publish(name: string, messageId: string, options: PublishOptions = {}): void {
    this.do(() => {
      const published: Published = {
        room: name,
        messageId,
        outcome: 'waiting',
        isRepeated: false,
        naps: this.#naps,
        id: null,
        code: null,
      };
      this.published.push(published);
      const { padding } = this.#options;
      const base = { session: this.name, room: name, messageId };
      this.#hooks.record({ kind: 'publish-invoked', producer: this.browser.user, digest: messageId, ...base });
      return this.room(name)
        .publish(
          'text',
          { m: messageId, ...(padding > 0 && { padding: 'x'.repeat(padding) }) },
          { ...options, messageId },
        )
        .then(
          ({ id, duplicate }) => {
            Object.assign(published, { outcome: 'stored', id });
            this.#hooks.record({ kind: 'publish-stored', id, duplicate, ...base });
          },
          (error: { code?: string }) => this.#failed(published, error.code ?? 'unknown error'),
        );
    });
  }

  /** Publishes the same message once more, as an application does that does not know the outcome. */
  repeat(name: string, messageId: string): void {
    this.#hooks.beyondHistories();
    const first = this.published.find((published) => published.messageId === messageId);
    if (first !== undefined) first.isRepeated = true;
    this.do(() => this.room(name).publish('text', { m: messageId }, { messageId }));
  }

  /** The same message once more, from another page: one ID is one message, whoever sends it. */
  echo(name: string, messageId: string): void {
    this.#hooks.beyondHistories();
    this.do(() => this.room(name).publish('text', { m: messageId }, { messageId }));
  }

  /** Nobody listens to the room for a while: its cursor has to stand still. */
  goDeaf(name: string, forMs: number): void {
    if (!this.isLive) return;
    this.do(() => {
      this.room(name);
      const off = this.#offs.get(name);
      if (off === undefined) return;
      this.#offs.delete(name);
      off();
      this.#hooks.network.time.set(() => this.listen(name), forMs, this.owner);
    });
  }

  /** Hears messages of the room again. */
  listen(name: string): void {
    const watch = this.watches.get(name);
    if (watch === undefined || this.#offs.has(name)) return;
    const base = { session: this.name, room: name };
    const off = this.client.room(name).on('message', (message) => {
      watch.message(message);
      const { id, messageId, replayed } = message;
      this.#hooks.record({ kind: 'message-delivered', id, messageId, digest: messageId, replayed, ...base });
    });
    this.#offs.set(name, off);
  }

  /** A client that is closed before it has asked for anything. */
  open(): void {
    this.do(() => {
      const { browser, owner } = this;
      const other = createClientWith(
        {
          url: this.#hooks.urls,
          user: browser.user,
          scope: 'other',
          WebSocket: this.#webSocket(),
          storage: browser.store(owner),
        },
        { isOffline: () => false, listen: () => () => {} },
      );
      return other.close();
    });
  }

  hint(hint: NetworkHint): void {
    if (hint === 'offline') this.isOffline = true;
    if (hint === 'online') this.isOffline = false;
    if (hint === 'freeze' || hint === 'pagehide') this.#naps += 1;
    this.do(() => this.#onHint?.(hint));
  }

  close(): void {
    if (!this.isLive) return;
    this.isClosed = true;
    this.do((client) => client.close());
    this.#hooks.record({ kind: 'session-ended', session: this.name, how: 'closed' });
  }

  /** Gone, as by a crash: nothing it does reaches anything any more. `told`: its connections end in the network's eyes. */
  crash(isReload: boolean, told: boolean): void {
    if (this.owner.isDead) return;
    this.owner.isDead = true;
    for (const published of this.published) if (published.outcome === 'waiting') published.outcome = 'left behind';
    for (const link of this.#hooks.network.linksOf(this.owner)) {
      if (told) link.cut('server');
      else link.hold('both', 'gone');
    }
    this.browser.crashed(this.owner);
    this.#hooks.record({ kind: 'session-ended', session: this.name, how: isReload ? 'reloaded' : 'crashed' });
  }

  #failed(published: Published, code: string): void {
    const { room, messageId } = published;
    const base = { session: this.name, room, messageId, code };
    if (code === 'closed') {
      published.outcome = 'left behind';
      return;
    }
    const isUnknown = code === 'beyond_window';
    Object.assign(published, { outcome: isUnknown ? 'unknown' : 'rejected', code });
    this.#hooks.record({ kind: isUnknown ? 'publish-unknown' : 'publish-rejected', ...base });
  }

  #listen(): void {
    const session = this.name;
    this.client.on('storage-degraded', () => {
      this.isStorageBroken = true;
      this.#hooks.beyondHistories();
    });
    this.client.on('error', ({ code }) => void this.errors.push(code));
    this.client.on('state', ({ current }) => {
      if (this.owner.isDead) return;
      this.#hooks.entered(this, `connection ${current}`, '');
      this.#hooks.record({ kind: 'connection-state', session, state: current, instance: this.client.instance });
    });
  }

  #watch(name: string, room: Room): void {
    const watch = new RoomWatch(this.name, name, this.#hooks);
    this.watches.set(name, watch);
    const base = { session: this.name, room: name };
    const { since } = this.#options;
    const text = typeof since === 'string' ? since : `last:${since.last}`;
    this.#hooks.record({ kind: 'member-joined', since: text, ...base });
    room.on('state', ({ current }) => {
      if (current === 'catching-up' && watch.head === null && room.cursor !== null) {
        watch.placed(room.cursor);
        this.#hooks.record({ kind: 'member-placed', cursor: room.cursor, ...base });
      }
      this.#hooks.entered(this, `room ${current}`, name);
      this.#hooks.record({ kind: 'room-state', state: current, ...base });
    });
    this.listen(name);
    room.on('gap', (gap) => {
      watch.gap(gap);
      const { from, to, missed, reason, next } = gap;
      this.#hooks.record({ kind: 'gap-told', from, to, missed, reason, next, ...base });
    });
  }

  #as<T>(run: () => T): T {
    const { time } = this.#hooks.network;
    time.owner = this.owner;
    return run();
  }

  /** One class for all pages, bound to this one: a class of its own for each would keep every world until a full collection. */
  #webSocket(): new (url: string, protocols: string) => PageSocket {
    return DialledSocket.bind(null, this.owner, this.#hooks.network);
  }
}
