// A page as the run sees it: a name that stays, and one session after another. What it is made of, a thread or a tab, is the
// matter of whoever opens it.

import type { PageWires } from '../links.ts';
import type { TimeLine } from '../time-line.ts';
import type { MemberCommand, MemberOptions, Progress, RoomPlan } from './member.ts';

/** How a session ends. `close` lets the client end in order. */
export type PageEnd = 'crash' | 'close' | 'reload';

/** Opens and ends the sessions of a page. */
export interface PageBody {
  open(options: MemberOptions): Promise<void>;
  end(session: string, how: PageEnd): Promise<void>;
  command(session: string, command: MemberCommand): void;
}

export interface PageIdentity {
  readonly name: string;
  readonly runtime: 'node' | 'chromium';
  readonly producer: string;
  readonly user: string;
  readonly wires: PageWires;
  readonly rooms: readonly { readonly name: string; readonly publishes: boolean }[];
  readonly ratePerSecond: number;
  readonly maxUnanswered: number;
}

export interface Return {
  readonly welcomeMs: number;
  readonly messageMs: number;
  readonly atMs: number;
}

export class Page {
  readonly identity: PageIdentity;
  readonly #body: PageBody;
  readonly #timeLine: TimeLine;
  #generation = 0;
  session: string | null = null;
  #before: string | null = null;
  /** Of the session that is open now. */
  progress: Progress | null = null;
  #cursors: Readonly<Record<string, { readonly cursor: string | null }>> = {};
  readonly returns: Return[] = [];
  readonly #watchers = new Set<Set<string>>();
  /** Of the sessions before. */
  #acknowledgedBefore = 0;
  #gapsBefore: Record<string, number> = {};

  constructor(identity: PageIdentity, body: PageBody, timeLine: TimeLine) {
    this.identity = identity;
    this.#body = body;
    this.#timeLine = timeLine;
  }

  get name(): string {
    return this.identity.name;
  }

  get acknowledged(): number {
    return this.#acknowledgedBefore + (this.progress?.acknowledged ?? 0);
  }

  get gaps(): Readonly<Record<string, number>> {
    return sum(this.#gapsBefore, this.progress?.gaps ?? {});
  }

  async open(): Promise<void> {
    const { name, runtime, producer, user, wires, rooms, ratePerSecond, maxUnanswered } = this.identity;
    this.#generation += 1;
    const session = `${name.replaceAll('.', '')}g${this.#generation}`;
    const plans = rooms.map((room): RoomPlan => ({ ...room, since: this.#since(room.name) }));
    const after = this.#before;
    this.session = session;
    await this.#body.open({
      session,
      producer,
      user,
      runtime,
      after,
      urls: wires.urls,
      rooms: plans,
      ratePerSecond,
      maxUnanswered,
    });
  }

  async end(how: PageEnd): Promise<void> {
    const { session } = this;
    if (session === null) return;
    await this.#body.end(session, how);
    this.ended(how);
  }

  /** Its session is over, by itself or with everything around it. */
  ended(how: PageEnd): void {
    const { session, progress } = this;
    if (session === null) return;
    const ends = { crash: 'crashed', close: 'closed', reload: 'reloaded' } as const;
    this.#timeLine.record({ kind: 'session-ended', session, how: ends[how] });
    this.#acknowledgedBefore += progress?.acknowledged ?? 0;
    this.#gapsBefore = sum(this.#gapsBefore, progress?.gaps ?? {});
    this.#cursors = { ...this.#cursors, ...progress?.rooms };
    this.#before = session;
    this.session = this.progress = null;
  }

  command(command: MemberCommand): void {
    if (this.session !== null) this.#body.command(this.session, command);
  }

  tell(progress: Progress): void {
    if (progress.session !== this.session) return;
    this.progress = progress;
    this.returns.push(...progress.returns);
    for (const seen of this.#watchers) {
      seen.add(progress.connection);
      for (const { state } of Object.values(progress.rooms)) seen.add(state);
    }
  }

  /** Collects every state of connection and rooms that the page is seen in, until its undo is called. */
  watch(seen: Set<string>): () => void {
    this.#watchers.add(seen);
    return () => void this.#watchers.delete(seen);
  }

  /** The first session begins with everything there is, later ones in turn where the last stood, at the end, or a little before. */
  #since(room: string): RoomPlan['since'] {
    if (this.#generation === 1) return 'start';
    const cursor = this.#cursors[room]?.cursor ?? null;
    if (this.#generation % 3 === 0) return 'live';
    if (this.#generation % 3 === 1) return { last: 20 };
    return cursor ?? 'start';
  }
}

function sum(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const total = { ...a };
  for (const [name, count] of Object.entries(b)) total[name] = (total[name] ?? 0) + count;
  return total;
}
