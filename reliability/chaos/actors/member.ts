// One page: a client of the SDK that publishes at a steady rate, is a member of its rooms, and writes down what it did and
// was told. Runs in a worker thread of a Node browser and in a tab of Chromium alike.
//
// A publish is on record before it is made: a page that dies between the two has promised nothing.

import { createClient, type Client, type OutboxStore, type Room, type WebSocketClass } from '@holdline/client';
import type { HistoryFact } from '@holdline/testkit';

/** What these members say to one another, in every room. */
interface Rooms {
  '*': { text: { k: number } };
}

export interface RoomPlan {
  readonly name: string;
  /** Where the first join of this page starts. */
  readonly since: string | { readonly last: number };
  readonly publishes: boolean;
}

export interface MemberOptions {
  readonly session: string;
  /** Who shares the outbox: the pages of one browser. */
  readonly producer: string;
  readonly user: string;
  readonly runtime: 'node' | 'chromium';
  /** The session that this page goes on from. */
  readonly after: string | null;
  readonly urls: readonly string[];
  readonly rooms: readonly RoomPlan[];
  readonly ratePerSecond: number;
  /** No more is published while so many wait for their answer. */
  readonly maxUnanswered: number;
}

/** How a page stands, told to the run many times a second. */
export interface Progress {
  readonly session: string;
  readonly atMs: number;
  readonly connection: string;
  readonly instance: string | null;
  readonly unanswered: number;
  /** It publishes, or is about to. */
  readonly isPublishing: boolean;
  readonly isStoring: boolean;
  readonly acknowledged: number;
  readonly delivered: number;
  readonly gaps: Readonly<Record<string, number>>;
  readonly rooms: Readonly<Record<string, { readonly state: string; readonly cursor: string | null }>>;
  /** Since the last one: how long a lost connection took, to its next welcome and to the first message after it. */
  readonly returns: readonly { readonly welcomeMs: number; readonly messageMs: number; readonly atMs: number }[];
}

export type MemberCommand =
  | { readonly type: 'burst'; readonly count: number }
  | { readonly type: 'rate'; readonly ratePerSecond: number };

/** What differs between Node and a browser. */
export interface MemberHost {
  readonly storage: OutboxStore | 'auto';
  readonly WebSocket?: WebSocketClass;
  /** Where the store is the SDK's own: tells of each publish that it holds from now on. */
  watchStore?(onKept: (room: string, messageId: string) => void): void;
  /** Ms on the time line of the run. */
  now(): number;
  /** Resolves when these facts outlive the page. */
  write(facts: readonly TimedFact[]): Promise<void>;
  progress(progress: Progress): void;
}

export type TimedFact = HistoryFact & { readonly atMs: number };

const TICK_MS = 25;
const TELL_EVERY_MS = 50;
const SCOPE = 'chaos';
/** Refusals by this side: nothing was accepted, so no event of the outbox follows. */
const NOT_ACCEPTED: ReadonlySet<string> = new Set(['outbox_full', 'message_too_large', 'bad_data', 'bad_event']);

export class Member {
  readonly #options: MemberOptions;
  readonly #host: MemberHost;
  readonly #client: Client<Rooms>;
  readonly #rooms: { readonly plan: RoomPlan; readonly handle: Room<{ text: { k: number } }> }[] = [];
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #gaps: Record<string, number> = {};
  readonly #rates = { perSecond: 0, due: 0, atMs: 0 };
  #facts: TimedFact[] = [];
  #published = 0;
  #nextRoom = 0;
  #acknowledged = 0;
  #delivered = 0;
  #isStoring = true;
  #isPublishing = false;
  #lostAtMs: number | null = null;
  #welcomeAtMs: number | null = null;
  #returns: { welcomeMs: number; messageMs: number; atMs: number }[] = [];

  constructor(options: MemberOptions, host: MemberHost) {
    this.#options = options;
    this.#host = host;
    this.#rates.perSecond = options.ratePerSecond;
    host.watchStore?.((room, messageId) => this.#kept(room, messageId));
    this.#client = createClient<Rooms>({
      url: options.urls,
      user: options.user,
      scope: SCOPE,
      storage: host.storage === 'auto' ? 'auto' : this.#noting(host.storage),
      connectTimeoutMs: 3000,
      // Shorter than the default at the long end, so that a run of minutes sees returns and not waits.
      backoff: { maxMs: 2000 },
      ...(host.WebSocket === undefined ? {} : { WebSocket: host.WebSocket }),
    });
  }

  start(): void {
    const { session, producer, user, runtime, after, rooms } = this.#options;
    this.#record({ kind: 'session-started', session, producer, user, runtime, after });
    this.#watchClient();
    for (const plan of rooms) this.#join(plan);
    this.#rates.atMs = performance.now();
    this.#timers.push(
      setInterval(() => void this.#publishDue(), TICK_MS),
      setInterval(() => this.#tell(), TELL_EVERY_MS),
    );
  }

  command(command: MemberCommand): void {
    if (command.type === 'rate') this.#rates.perSecond = command.ratePerSecond;
    else this.#rates.due += command.count;
  }

  /** Ends in order, with what is unsent left for another page. */
  async close(): Promise<void> {
    this.#timers.forEach((timer) => clearInterval(timer));
    this.#rates.perSecond = 0;
    await this.#client.close();
    await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#facts.length > 0) await this.#host.write(this.#facts.splice(0));
  }

  #record(fact: HistoryFact): void {
    this.#facts.push({ atMs: this.#host.now(), ...fact });
  }

  #watchClient(): void {
    const { session } = this.#options;
    const { outbox } = this.#client;
    this.#client.on('state', ({ current }) => {
      this.#record({ kind: 'connection-state', session, state: current, instance: this.#client.instance });
      if (current === 'connected') this.#welcomeAtMs = performance.now();
      else if (this.#lostAtMs === null && current === 'reconnecting') this.#lostAtMs = performance.now();
    });
    this.#client.on('storage-degraded', () => void (this.#isStoring = false));
    this.#client.on('error', () => undefined);
    outbox.on('stored', ({ room, messageId, id, duplicate }) => {
      this.#acknowledged += 1;
      this.#record({ kind: 'publish-stored', session, room, messageId, id, duplicate });
    });
    outbox.on('rejected', ({ room, messageId, error: { code } }) =>
      this.#record({ kind: 'publish-rejected', session, room, messageId, code }),
    );
    outbox.on('unknown', ({ room, messageId, error: { code } }) =>
      this.#record({ kind: 'publish-unknown', session, room, messageId, code }),
    );
  }

  #kept(room: string, messageId: string): void {
    this.#record({ kind: 'publish-kept', session: this.#options.session, room, messageId });
  }

  /** The store, with what it has kept written down. */
  #noting(store: OutboxStore): OutboxStore {
    return {
      ...store,
      write: async (records, gone) => {
        await store.write(records, gone);
        for (const { frame, outcome } of records) {
          if (outcome === undefined) this.#kept(frame.room, frame.messageId);
        }
      },
    };
  }

  #join(plan: RoomPlan): void {
    const { session } = this.#options;
    const { name: room, since } = plan;
    const handle = this.#client.room(room, { since: since as string });
    this.#rooms.push({ plan, handle });
    let isPlaced = false;
    handle.on('state', ({ current }) => {
      if (!isPlaced && handle.cursor !== null) {
        isPlaced = true;
        this.#record({ kind: 'member-placed', session, room, cursor: handle.cursor });
      }
      this.#record({ kind: 'room-state', session, room, state: current });
    });
    handle.on('gap', ({ from, to, missed, reason, next }) => {
      this.#gaps[reason] = (this.#gaps[reason] ?? 0) + 1;
      this.#record({ kind: 'gap-told', session, room, from, to, missed, reason, next });
    });
    handle.on('message', ({ id, messageId, event, data, replayed }) => {
      this.#delivered += 1;
      if (this.#welcomeAtMs !== null && this.#lostAtMs !== null) this.#noteReturn();
      this.#record({
        kind: 'message-delivered',
        session,
        room,
        id,
        messageId,
        digest: digestOf(event, data),
        replayed,
      });
    });
    const text = typeof since === 'string' ? since : `last:${since.last}`;
    this.#record({ kind: 'member-joined', session, room, since: text });
    handle.join().catch(() => undefined);
  }

  #noteReturn(): void {
    const now = performance.now();
    const lostAtMs = this.#lostAtMs ?? now;
    const welcomeAtMs = this.#welcomeAtMs ?? now;
    this.#returns.push({ welcomeMs: welcomeAtMs - lostAtMs, messageMs: now - welcomeAtMs, atMs: this.#host.now() });
    this.#lostAtMs = this.#welcomeAtMs = null;
  }

  async #publishDue(): Promise<void> {
    const { perSecond, atMs } = this.#rates;
    const now = performance.now();
    // After a pause of the page not everything that it missed.
    this.#rates.due = Math.min(
      this.#rates.due + (perSecond * (now - atMs)) / 1000,
      Math.max(this.#rates.due, perSecond),
    );
    this.#rates.atMs = now;
    const free = this.#options.maxUnanswered - this.#client.outbox.size;
    const count = Math.floor(Math.min(this.#rates.due, free));
    const rooms = this.#rooms.filter(({ plan }) => plan.publishes);
    const room = rooms[this.#nextRoom++ % Math.max(1, rooms.length)];
    if (count < 1 || room === undefined || this.#isPublishing) return;
    this.#rates.due -= count;
    this.#isPublishing = true;
    const { session, producer } = this.#options;
    const batch = Array.from({ length: count }, () => {
      const k = (this.#published += 1);
      return { messageId: `${session}-${k}`, data: { k } };
    });
    for (const { messageId, data } of batch) {
      const digest = digestOf('text', data);
      this.#record({ kind: 'publish-invoked', session, room: room.plan.name, producer, messageId, digest });
    }
    await this.flush();
    for (const { messageId, data } of batch) {
      room.handle.publish('text', data, { messageId }).catch((error: { code?: string }) => {
        const code = String(error.code);
        if (!NOT_ACCEPTED.has(code)) return;
        this.#record({ kind: 'publish-rejected', session, room: room.plan.name, messageId, code });
      });
    }
    this.#isPublishing = false;
  }

  /** Facts first: who sees the progress has all that led to it. */
  #tell(): void {
    const { session } = this.#options;
    void this.flush();
    this.#host.progress({
      session,
      atMs: this.#host.now(),
      connection: this.#client.state,
      instance: this.#client.instance,
      unanswered: this.#client.outbox.size,
      isPublishing: this.#isPublishing || this.#rates.perSecond > 0 || this.#rates.due >= 1,
      isStoring: this.#isStoring,
      acknowledged: this.#acknowledged,
      delivered: this.#delivered,
      gaps: this.#gaps,
      rooms: Object.fromEntries(
        this.#rooms.map(({ handle }) => [handle.name, { state: handle.state, cursor: handle.cursor }]),
      ),
      returns: this.#returns.splice(0),
    });
  }
}

/** A short digest (FNV-1a) of event and payload, the same for what was published, stored and delivered. */
export function digestOf(event: string, data: unknown): string {
  const text = `${event} ${JSON.stringify(data)}`;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
