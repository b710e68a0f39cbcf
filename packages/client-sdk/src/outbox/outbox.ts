/**
 * Hop 1/8: what the application published and has no final answer to. Kept before it is sent, sent in
 * order, sent again until it is settled. Runs what `outbox-state.ts` decides. Serves G2.2, G2.5, G2.6, G3.5, G7.4.
 */
import { RecordKeeper, type KeeperHooks } from './record-keeper.ts';
import type { Off, Outbox, OutboxEvents, OutboxItem, PublishOptions, PublishResult } from '../api.ts';
import {
  bodyOf,
  isEventName,
  isMessageId,
  type AckFrame,
  type NackFrame,
  type PublishFrame,
  type RoomId,
  type StreamId,
} from '@holdline/protocol';
import { Emitter } from '../emitter.ts';
import { HoldlineError } from '../errors.ts';
import { bytesOf, randomId } from '../sizes.ts';
import { KEEP_MS, REST_MS, RETRY_BYTES } from '../bounds.ts';
import { createDeferred, type Deferred } from '../deferred.ts';
import { OutboxState, type Item, type Line } from './outbox-state.ts';
import type { OutboxRecord, StoredOutcome } from './outbox-store.ts';
import { describe, type News, type OutboxHooks, type OutboxSettings } from './outbox-parts.ts';

/** An item with the publish that waits for it, where there is one in this page. */
interface Call extends Item {
  call?: Deferred<PublishResult>;
  signal?: AbortSignal | undefined;
}

/** Its methods beyond `Outbox` are for the client, and what its parts may ask and tell. */
export class MessageOutbox extends OutboxState<Call> implements Outbox, KeeperHooks {
  readonly #emitter: Emitter<OutboxEvents>;
  readonly #settings: OutboxSettings;
  readonly #hooks: OutboxHooks;
  #unlisten: (() => void) | undefined;
  /** All of one length, so that their order as text is their order. */
  #sequence = 1e9;
  /** In the name of each producer of this page. */
  readonly #page = randomId();
  readonly #keeper: RecordKeeper;
  #user: string | null | undefined;
  /** New for each page load, and each time that a sleeping page wakes: others may hold the lock of the old one. */
  #producer = '';
  /** The producer whose lock was granted last: this page takes part while that is its own. */
  #held: string | undefined;

  constructor(settings: OutboxSettings, hooks: OutboxHooks) {
    super();
    this.#settings = settings;
    this.#hooks = hooks;
    this.#user = settings.user;
    this.#emitter = new Emitter(hooks);
    this.#keeper = new RecordKeeper(settings.store, this, hooks);
  }

  get size(): number {
    return this.records.length;
  }

  get items(): OutboxItem[] {
    return this.records.map((item) => describe(item.record, item.phase !== 'sent'));
  }

  on<E extends keyof OutboxEvents>(event: E, handler: (item: OutboxEvents[E]) => void): Off {
    return this.#emitter.on(event, handler);
  }

  async clear(): Promise<void> {
    this.#forget();
    this.#announce({ isCleared: true });
    for (const record of await this.#keeper.load()) if (this.#isOurs(record)) this.#keeper.write(record.key);
    // And what was being adopted meanwhile.
    this.#forget();
    await this.#keeper.load();
  }

  /** Takes hold of the store, at the first use of the client and when the page wakes. */
  start(): void {
    if (this.#producer) return;
    this.#unlisten ??= this.#settings.store.onAnnounce?.((news) => this.#hear(news as News));
    // With the time, so that what pages left is taken in their order, and a count for what one leaves twice in a ms.
    const producer = `${Date.now()}/${this.#sequence++}/${this.#page}`;
    this.#producer = producer;
    void this.#keeper.hold(producer).then(() => {
      this.#held = producer;
      return this.#lookAround();
    });
  }

  /** There is a connection, and these are its user and its limits. */
  opened(user: string | null, line: Line): void {
    this.#user = user;
    void this.#lookAround();
    this.open(line);
  }

  ack(frame: AckFrame | NackFrame): void {
    const item = this.#find(frame);
    if (item) this.answered(item, frame.type === 'ack' ? 'never' : frame.retry, frame);
    // Sent twice, stored once, refused once: it will not come back, and the server holds the room closed for it.
    else if (frame.type === 'nack') this.withdraw(frame);
  }

  /** The page may be frozen or gone: from here on others may send what it published. */
  freeze(): void {
    if (this.#user === undefined || !this.#keeper.lock) return;
    this.#producer = '';
    void this.#keeper.release();
    // What it had taken over is whoever's that holds the lock from now on; its own waits here for the outcome: it may reach a
    // server without this page.
    this.records = this.records.filter((item) =>
      item.call
        ? Object.assign(item, { phase: 'held', wasSent: true })
        : item.isRefused && this.withdraw(item.record.frame),
    );
  }

  async close(): Promise<void> {
    for (const item of this.records) item.call?.reject(new HoldlineError('closed'));
    this.#unlisten?.();
    this.#producer = '';
    await this.#keeper.release();
    // What was being read has ended, too.
    await this.#keeper.load();
  }

  publish(room: RoomId, event: string, data: unknown, options: PublishOptions = {}): Promise<PublishResult> {
    const { messageId = randomId(), signal } = options;
    const { cause, ...body } = bodyOf(data);
    const item = this.#item({
      key: `${this.#producer}/${this.#sequence++}`,
      scope: this.#settings.scope,
      producer: this.#producer,
      frame: { type: 'publish', room, event, messageId, ...body, firstSentAt: this.line && this.now() } as PublishFrame,
      createdAt: Date.now(),
    });
    const code =
      (signal?.aborted && 'aborted') ||
      (!isEventName(event) && 'bad_event') ||
      (!isMessageId(messageId) && 'bad_message_id') ||
      (!!cause && 'bad_data') ||
      (this.#find(item.record.frame) && 'message_id_conflict') ||
      (item.bytes > this.#hooks.connection.maxFrameBytes && 'message_too_large') ||
      ((this.size >= this.#settings.maxItems ||
        this.records.reduce((sum, each) => sum + each.bytes, item.bytes) > this.#settings.maxBytes) &&
        'outbox_full');
    if (code) return Promise.reject(new HoldlineError(code, { message: event, cause }));

    const call = createDeferred<PublishResult>();
    const abort = (): void => {
      if (item.wasSent) call.reject(new HoldlineError('aborted'));
      else this.end(item, { code: 'aborted' });
    };
    const off = (): void => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort);
    call.promise.then(off, off);
    this.#tell('queued', item.record);
    this.added(Object.assign(item, { call, signal, wasSent: false }));
    return call.promise;
  }

  #item(record: OutboxRecord): Call {
    return {
      record,
      bytes: bytesOf(record.frame) + RETRY_BYTES,
      phase: 'held',
      wasSent: !!record.frame.firstSentAt,
    };
  }

  #find({ room, messageId }: { readonly room: string; readonly messageId: string }): Call | undefined {
    return this.records.find((each) => each.record.frame.messageId === messageId && each.record.frame.room === room);
  }

  /** By its key: two tabs may have published one message ID, and each of their records has to find its end. */
  #kept({ key }: OutboxRecord): Call | undefined {
    return this.records.find((each) => each.record.key === key);
  }

  /** In a microtask: a handler that publishes or clears must not come in between two decisions. */
  #tell<E extends keyof OutboxEvents>(
    event: E,
    record: OutboxRecord,
    more?: Omit<OutboxEvents[E], keyof OutboxItem>,
  ): void {
    const item = { ...describe(record, event === 'queued'), ...more } as OutboxEvents[E];
    void Promise.resolve(item).then(() => this.#emitter.emit(event, item));
  }

  now(): number {
    return this.#hooks.connection.now();
  }

  save(item: Call): void {
    this.#keeper.write(item.record.key, { ...item.record, user: this.#user });
  }

  send(item: Call, isRetry: boolean): void {
    this.#hooks.connection.send({ ...item.record.frame, retry: isRetry || undefined } as PublishFrame);
    this.#tell('sent', item.record);
  }

  queued(item: Call): void {
    this.#tell('queued', item.record);
  }

  withdraw({ room, messageId }: Pick<PublishFrame, 'room' | 'messageId'>): void {
    this.#hooks.connection.send({ type: 'withdraw', room, messageId });
  }

  rest(room: string): void {
    this.#hooks.connection.after(`rest ${room}`, (0.5 + Math.random()) * REST_MS, () => this.rested(room));
  }

  ended({ record, call }: Call, outcome: StoredOutcome): void {
    const { code, id, duplicate = false } = outcome;
    // Nobody waits for it here: the tab that published it may still live, and wait.
    const ended = call ? undefined : { ...record, outcome };
    this.#keeper.write(record.key, ended);
    if (ended) this.#announce({ record: ended });
    if (code) {
      const error = new HoldlineError(code, outcome);
      const isUnknown = code === 'beyond_window' || (code === 'cleared' && record.frame.firstSentAt);
      this.#tell(isUnknown ? 'unknown' : 'rejected', record, { error });
      call?.reject(error);
    } else {
      const stored = { id: id as StreamId, messageId: record.frame.messageId, duplicate };
      this.#tell('stored', record, stored);
      call?.resolve(stored);
    }
  }

  /** These are ours to send or to conclude: their page is gone, or it was this one before it slept. */
  claimed(records: readonly OutboxRecord[]): void {
    const items: Call[] = records
      .filter(
        (record) =>
          this.#isOurs(record) &&
          !this.#conclude(record) &&
          // What this page published and does not know any more has ended while the store was read.
          (this.#kept(record) ?? !record.key.includes(this.#page)),
      )
      .map((record) => Object.assign(this.#kept(record) ?? {}, this.#item(record)));
    this.take(items, this.#producer);
    // Aborted while another tab might have been sending it, and none was.
    for (const item of items) if (item.signal?.aborted && !item.wasSent) this.end(item, { code: 'aborted' });
  }

  /** Was it settled, by another tab? Then what waits for it here is told. */
  #conclude(record: OutboxRecord): StoredOutcome | undefined {
    const { outcome } = record;
    const item = this.#kept(record);
    if (outcome && item?.call) this.end(item, outcome);
    return outcome;
  }

  #hear(news: News): void {
    const { record, producer } = news;
    if (!this.#isOurs(news)) return;
    if (record) this.#conclude(record);
    if (news.isCleared) this.#forget();
    if (producer && this.#held === this.#producer) {
      void this.#keeper.claim(producer);
      // A page that came later has to know of this one, too.
      if (news.isNew) this.#announce({ producer: this.#producer });
    }
  }

  #announce(news: Omit<News, 'scope' | 'user'>): void {
    this.#settings.store.announce?.({ ...news, scope: this.#settings.scope, user: this.#user });
  }

  /** Tells the others that this page may have something to lose, waits for what they have, and tidies up. */
  async #lookAround(): Promise<void> {
    const producer = this.#producer;
    // Asleep or closed: there is nothing to tell, and a lock taken now would be held by a page that sends nothing. Or not there
    // yet: whoever heard of this page and found its lock free would take it for gone.
    if (producer !== this.#held) return;
    this.#announce({ producer, isNew: true });
    const records = await this.#keeper.load();
    if (producer !== this.#producer) return;
    for (const record of records) {
      if (this.#isOurs(record) && !this.#conclude(record)) void this.#keeper.claim(record.producer);
      else if (record.createdAt < Date.now() - KEEP_MS) this.#keeper.write(record.key);
    }
    // Another tab may be let in: what this one published meanwhile is written and told by now, and what it claimed just now it
    // could not send either.
    if (this.#hooks.state === 'failed') this.freeze();
  }

  #forget(): void {
    for (const item of this.records) this.end(item, { code: 'cleared' });
  }

  #isOurs({ scope, user }: Pick<OutboxRecord, 'scope' | 'user'>): boolean {
    return scope === this.#settings.scope && this.#user !== undefined && user === this.#user;
  }
}
