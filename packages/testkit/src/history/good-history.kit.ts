// Makes histories in which every rule is held: a small model of a room, its log and its members, driven by a seed through
// reloads, crashes, lost answers, trimming, deletion, rollback and loss of everything. It follows docs/ARCHITECTURE.md and not
// the checker, so that the two can disagree. One room; the checker treats rooms apart. Over 300 lines: pages, faults and clock
// move each other at every step, and apart they would hand their state back and forth; the log is in good-log.kit.ts.

import { createRandom, type SeededRandom } from '../seeded-random.ts';
import { compareIds, countOf, cursorOf, GoodLog, idOf, ZERO, type Gap } from './good-log.kit.ts';
import type { HistoryEvent, HistoryFact, StreamEntry } from './history-event.ts';
import { createRecorder, type Recorder } from './recorder.ts';

const ROOM = 'lobby';

interface Pending {
  readonly messageId: string;
  readonly digest: string;
}

interface Place {
  readonly cursor: string;
  readonly messageId: string;
}

interface Range {
  readonly from: string;
  readonly to: string;
}

interface Page {
  readonly name: string;
  readonly producer: string;
  readonly user: string;
  isConnected: boolean;
  isLive: boolean;
  /** The position of the room when it joined last. */
  joinedAt: string;
  trail: Place[];
  isRewritten: boolean;
  told: Range[];
  outbox: Pending[];
}

/** The events of a history that keeps all the rules. */
export function goodHistory(seed: number, steps = 300): HistoryEvent[] {
  const world = new World(seed);
  for (let step = 0; step < steps; step++) world.step();
  world.end();
  return world.events;
}

class World {
  readonly events: HistoryEvent[] = [];
  readonly #random: SeededRandom;
  readonly #recorder: Recorder;
  #nowMs = 0;
  #messages = 0;
  #pages = 0;
  #faults = 0;
  readonly #members: Page[] = [];
  readonly #log = new GoodLog();

  constructor(seed: number) {
    this.#random = createRandom(seed);
    this.#recorder = createRecorder({ now: () => this.#nowMs, sink: (event) => this.events.push(event) });
    for (const user of ['alice', 'bob', 'carol'])
      this.#open(`${user}-phone`, user, null, this.#random.pick(['live', 'start']));
  }

  step(): void {
    this.#nowMs += 1 + this.#random.below(5);
    const page = this.#random.pick(this.#members);
    const roll = this.#random.below(100);
    if (roll < 45) this.#publish(page);
    else if (roll < 75) this.#sync(page, 1 + this.#random.below(12));
    else if (roll < 81) this.#cut(page);
    else if (roll < 90) this.#connect(page);
    else if (roll < 92) this.#reload(page);
    else if (roll < 94) this.#away(page);
    else this.#meddle(this.#random.below(12));
  }

  end(): void {
    for (const page of this.#members) this.#connect(page, true);
    for (const page of this.#members) this.#flush(page, true);
    for (const page of this.#members) this.#sync(page, Infinity);
    this.#read(true);
  }

  #record(fact: HistoryFact): void {
    this.#recorder.record(fact);
    this.#nowMs += 0.25;
  }

  #read(final = false): void {
    this.#record({
      kind: 'stream-read',
      room: ROOM,
      position: this.#log.position,
      entries: this.#log.entries.map((entry) => ({ ...entry })),
      final,
    });
  }

  #open(producer: string, user: string, before: Page | null, since: string): void {
    this.#pages += 1;
    const name = `${producer}/${this.#pages}`;
    const page: Page = {
      name,
      producer,
      user,
      isConnected: false,
      isLive: false,
      joinedAt: ZERO,
      trail: [],
      isRewritten: false,
      told: [],
      outbox: before?.outbox ?? [],
    };
    this.#members.push(page);
    this.#record({
      kind: 'session-started',
      session: name,
      producer,
      user,
      runtime: 'simulated',
      after: before?.name ?? null,
    });
    this.#record({ kind: 'member-joined', session: name, room: ROOM, since });
    this.#connect(page);
    const position = this.#log.position ?? ZERO;
    const cursor = since === 'start' ? ZERO : since === 'live' ? position : since;
    page.trail = [{ cursor, messageId: '' }];
    this.#record({ kind: 'member-placed', session: name, room: ROOM, cursor });
  }

  #connect(page: Page, isReliable = false): void {
    if (page.isConnected) return;
    page.isConnected = true;
    page.told = [];
    page.joinedAt = this.#log.position ?? ZERO;
    this.#record({ kind: 'connection-state', session: page.name, state: 'connected', instance: 'a' });
    this.#record({ kind: 'room-state', session: page.name, room: ROOM, state: 'catching-up' });
    this.#flush(page, isReliable);
  }

  #cut(page: Page): void {
    if (!page.isConnected) return;
    page.isConnected = false;
    page.isLive = false;
    this.#record({ kind: 'connection-state', session: page.name, state: 'reconnecting', instance: null });
    this.#record({ kind: 'room-state', session: page.name, room: ROOM, state: 'joining' });
  }

  /** The page goes and comes back with its outbox and its cursor. */
  #reload(page: Page): void {
    const how = this.#random.pick(['closed', 'reloaded', 'crashed'] as const);
    this.#members.splice(this.#members.indexOf(page), 1);
    this.#record({ kind: 'session-ended', session: page.name, how });
    this.#open(page.producer, page.user, page, this.#random.below(4) === 0 ? 'start' : page.trail.at(-1)!.cursor);
  }

  /** Others go on while it is away. */
  #away(page: Page): void {
    this.#cut(page);
    for (let i = this.#random.below(80); i > 0; i--) {
      const other = this.#random.pick(this.#members);
      this.#publish(other);
      if (this.#random.below(3) === 0) this.#sync(other, 20);
    }
    this.#connect(page);
  }

  #publish(page: Page): void {
    this.#messages += 1;
    const message = { messageId: `m${this.#messages}`, digest: `d${this.#messages}` };
    this.#record({
      kind: 'publish-invoked',
      session: page.name,
      room: ROOM,
      producer: page.producer,
      messageId: message.messageId,
      digest: message.digest,
    });
    this.#record({ kind: 'publish-kept', session: page.name, room: ROOM, messageId: message.messageId });
    page.outbox.push(message);
    this.#flush(page, false);
  }

  /** Sends what is in the outbox, in order; an answer may get lost, and then the connection is gone with it. */
  #flush(page: Page, isReliable: boolean): void {
    while (page.isConnected && page.outbox.length > 0) {
      const message = page.outbox[0]!;
      const roll = isReliable ? 99 : this.#random.below(100);
      const base = { session: page.name, room: ROOM, messageId: message.messageId };
      const stored = this.#log.find(message.messageId);
      if (roll < 2 && stored === undefined) {
        page.outbox.shift();
        this.#record({ kind: 'publish-rejected', ...base, code: 'forbidden' });
        continue;
      }
      if (roll < 3) {
        page.outbox.shift();
        this.#record({ kind: 'publish-unknown', ...base, code: 'beyond_window' });
        continue;
      }
      if (roll < 8) return this.#cut(page);
      const id = stored ?? this.#log.append(message, this.#nowMs, page.user);
      if (roll < 13) return this.#cut(page);
      page.outbox.shift();
      this.#record({ kind: 'publish-stored', ...base, id, duplicate: stored !== undefined });
    }
  }

  #fault(fault: string, act: () => void): void {
    this.#faults += 1;
    const faultId = this.#faults;
    this.#record({ kind: 'fault-started', fault, faultId, target: ROOM, detail: {} });
    act();
    this.#nowMs += 20;
    this.#record({ kind: 'fault-ended', faultId });
    this.#nowMs += 5 + this.#random.below(100);
    this.#record({ kind: 'fault-healed', faultId });
  }

  #meddle(roll: number): void {
    // Somebody has to be there to notice what Redis forgot.
    const isSeen = this.#members.some(({ isConnected }) => isConnected);
    if (roll < 4) this.#fault('cut', () => this.#members.forEach((page) => this.#cut(page)));
    else if (roll < 6) this.#fault('entries-deleted', () => this.#delete());
    else if (roll < 10 && isSeen) this.#fault('failover', () => this.#rollBack());
    else if (roll === 10 && this.#random.below(4) === 0) this.#fault('flushall', () => this.#flushAll());
  }

  #delete(): void {
    this.#read();
    this.#log.deleteSome(this.#random);
    this.#read();
  }

  #flushAll(): void {
    this.#read();
    this.#log.forgetAll();
    this.#read();
    // Whoever is there is told before anything new comes.
    for (const page of this.#members) if (page.isConnected) this.#sync(page, 1);
    this.#nowMs += 1;
  }

  /** A replica that lacks the newest entries takes over; the instance that had them writes the control entry. */
  #rollBack(): void {
    const lost = this.#random.below(Math.min(12, this.#log.entries.length));
    if (lost === 0) return;
    this.#read();
    const head = this.#log.position!;
    const gone = this.#log.forgetNewest(lost);
    const fork = gone[0]!.previous;
    this.#nowMs += 2;
    if (fork === ZERO) return;
    // Live members hear of it first, from the instance itself.
    for (const page of this.#members) {
      const isAhead = compareIds(idOf(page.trail.at(-1)!.cursor), idOf(fork)) > 0;
      if (page.isConnected && isAhead && this.#random.below(2) === 0) this.#sync(page, 1);
    }
    const more = this.#random.below(2);
    for (let i = 0; i < more; i++) this.#publish(this.#random.pick(this.#members));
    const note = { messageId: `rewritten-${this.#faults}`, digest: 'control' };
    this.#log.append(note, this.#nowMs, null, { fork, head });
    if (this.#random.below(3) === 0 && lost > 1) {
      const lower = cursorOf(gone[0]!);
      this.#log.append({ ...note, messageId: `${note.messageId}b` }, this.#nowMs, null, { fork, head: lower });
    }
    this.#read();
  }

  #sync(page: Page, limit: number): void {
    for (let i = 0; i < limit && page.isConnected; i++) if (!this.#advance(page)) break;
  }

  #move(page: Page, cursor: string, messageId = ''): void {
    page.trail.push({ cursor, messageId });
    if (page.trail.length > 513) page.trail.shift();
  }

  /** False at the end of the stream. */
  #advance(page: Page): boolean {
    const at = page.trail.at(-1)!.cursor;
    const from = idOf(at);
    const next = this.#log.entries.find((entry) => compareIds(entry.id, from) > 0) ?? null;
    const until = next?.previous ?? this.#log.position ?? ZERO;
    if (until !== at) {
      const trail = page.trail.map(({ cursor }) => cursor);
      this.#tell(page, this.#log.gapAfter(trail, next));
      return true;
    }
    if (next === null) {
      if (!page.isLive) this.#record({ kind: 'room-state', session: page.name, room: ROOM, state: 'live' });
      page.isLive = true;
      return false;
    }
    if (next.isControl) this.#passControl(page, next);
    else this.#deliver(page, next);
    return true;
  }

  #deliver(page: Page, entry: StreamEntry): void {
    const isRepeat = page.isRewritten && page.trail.some(({ messageId }) => messageId === entry.messageId);
    this.#move(page, cursorOf(entry), entry.messageId);
    if (isRepeat) return;
    this.#record({
      kind: 'message-delivered',
      session: page.name,
      room: ROOM,
      id: entry.id,
      messageId: entry.messageId,
      digest: entry.digest,
      replayed: compareIds(entry.id, idOf(page.joinedAt)) <= 0,
    });
  }

  #passControl(page: Page, entry: StreamEntry): void {
    const { fork, head } = entry.rewrite!;
    const range = { from: idOf(fork), to: idOf(head) };
    const isTold = page.told.some((told) => compareIds(told.from, range.to) < 0 && compareIds(range.from, told.to) < 0);
    if (isTold) return this.#move(page, cursorOf(entry));
    const missed = Math.max(0, countOf(range.to) - countOf(range.from));
    this.#tell(page, { ...range, missed, reason: 'rewritten', next: cursorOf(entry) });
  }

  #tell(page: Page, gap: Gap): void {
    if (gap.reason === 'rewritten') page.told.push({ from: gap.from, to: gap.to! });
    if (gap.reason === 'lost') page.told.push({ from: '0-0', to: gap.from });
    page.isRewritten ||= gap.reason === 'rewritten' || gap.reason === 'lost';
    this.#move(page, gap.next);
    this.#record({ kind: 'gap-told', session: page.name, room: ROOM, ...gap });
  }
}
