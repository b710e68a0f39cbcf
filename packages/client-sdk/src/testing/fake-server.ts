/**
 * A server behind the option `WebSocket`: real frames, no network. It answers as docs/PROTOCOL.md says, but only when the
 * test calls `flush` (or `takeUp` and a line's `letDown` for finer steps), and keeps what passed.
 *
 * To make it misbehave: put frames into `line.down` or `line.deliver` them; empty or double the queues; `line.cut(code)`;
 * or set `script`, which sees each frame first and answers in the server's place, also with nothing.
 */
import type { ClientFrame, JoinRequest, NackFrame, PublishFrame, ServerFrame, WelcomeFrame } from '@holdline/protocol';
import type { WebSocketClass } from '../options.ts';
import { FakeLine } from './fake-line.ts';
import { FakeRoom, type FakeEntry } from './fake-room.ts';

/** Turns of the microtask queue that let the client finish what it does without a timer. */
const TURNS = 60;
/** Rounds after which two sides that never fall silent fail the test. */
const MAX_ROUNDS = 200;

export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
};

interface Session {
  isGreeted: boolean;
  user: string | null;
  readonly rooms: Set<string>;
  /** By room: what was refused for now, and has to come before anything else. */
  readonly refused: Map<string, string>;
}

type Script = (frame: ClientFrame, line: FakeLine) => readonly (ServerFrame | string)[] | undefined;

export class FakeServer {
  readonly lines: FakeLine[] = [];
  readonly rooms = new Map<string, FakeRoom>();
  /** Sees each frame before the server does. */
  script: Script | undefined;
  /** Accepts sockets as soon as the test flushes. */
  accepts = true;
  welcome: Partial<WelcomeFrame> = {};
  limits = { maxFrameBytes: 65_536, maxRooms: 512, maxInFlight: 256, dedupeMs: 3_600_000 };
  heartbeatMs = 15_000;
  readonly #sessions = new Map<FakeLine, Session>();
  readonly #appended = new Map<string, readonly FakeEntry[]>();
  readonly #stored = new Map<string, string>();

  /** For the option `WebSocket`. Each line is put into `own`, too; once `isDead`, new ones lead nowhere. */
  webSocket(own: FakeLine[] = [], isDead: () => boolean = () => false): WebSocketClass {
    const { lines } = this;
    return class extends FakeLine {
      constructor(url: string, protocols: string) {
        super(url, protocols);
        if (isDead()) return;
        lines.push(this);
        own.push(this);
      }
    };
  }

  /** The newest line. */
  get line(): FakeLine {
    const line = this.lines.at(-1);
    if (!line) throw new Error('nobody has connected yet');
    return line;
  }

  room(name: string): FakeRoom {
    const room = this.rooms.get(name) ?? new FakeRoom(name);
    this.rooms.set(name, room);
    return room;
  }

  /** Everything that a room has ever been given, what was trimmed or forgotten included. */
  appended(room: string): readonly FakeEntry[] {
    return this.#appended.get(room) ?? [];
  }

  /** Publishes of all connections so far, as they were sent. */
  get publishes(): PublishFrame[] {
    return this.lines.flatMap((line) => line.sentOf('publish'));
  }

  /** Lets everything through in both directions until both sides are silent. */
  async flush(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      await settle();
      if (!this.#pass()) return;
    }
    throw new Error('client and server never fall silent');
  }

  /** Takes the oldest frames of a line: all of them, or so many. Answers wait in `line.down`. */
  takeUp(line: FakeLine, count = line.up.length): void {
    for (const frame of line.up.splice(0, count)) {
      const answers = this.script?.(frame, line) ?? this.#answer(frame, line);
      for (const answer of answers) this.#noteRefusal(frame, answer, line);
      line.down.push(...answers);
    }
  }

  /** Appends as a back end does, and tells the members. */
  append(
    room: string,
    event: string,
    data: unknown,
    messageId = `m${this.#stored.size + 1}`,
    sender: string | null = 'bob',
    base64?: string,
  ): string {
    const body = { event, data, base64, messageId, sender } as Parameters<FakeRoom['append']>[0];
    const entry = this.room(room).append(body);
    this.#appended.set(room, [...this.appended(room), entry]);
    this.#stored.set(`${sender ?? ''}\n${room}\n${messageId}`, entry.id);
    for (const [line, session] of this.#sessions) {
      if (session.rooms.has(room) && line.state === 'open') line.down.push(this.room(room).frame(entry));
    }
    return entry.id;
  }

  /** What it welcomes with. */
  greeting(user: string | null): WelcomeFrame {
    const { limits, heartbeatMs } = this;
    const fixed = { type: 'welcome', connection: `c${this.lines.length}`, instance: 'one' } as const;
    return { ...fixed, user, time: Date.now(), limits, heartbeatMs, ...this.welcome } as WelcomeFrame;
  }

  #pass(): boolean {
    let hasMoved = false;
    for (const line of this.lines) {
      if (line.state === 'connecting' && this.accepts) {
        line.open();
        hasMoved = true;
      }
      hasMoved ||= line.up.length + line.down.length > 0;
      this.takeUp(line);
      line.letDown();
    }
    return hasMoved;
  }

  #noteRefusal(frame: ClientFrame, answer: ServerFrame | string, line: FakeLine): void {
    if (frame.type !== 'publish' || typeof answer === 'string' || answer.type !== 'nack') return;
    const { refused } = this.#session(line);
    if (answer.retry !== 'never' && !refused.has(frame.room)) refused.set(frame.room, frame.messageId);
    if (answer.retry === 'never' && refused.get(frame.room) === frame.messageId) refused.delete(frame.room);
  }

  #session(line: FakeLine): Session {
    const fresh = { isGreeted: false, user: null, rooms: new Set<string>(), refused: new Map<string, string>() };
    const session = this.#sessions.get(line) ?? fresh;
    this.#sessions.set(line, session);
    return session;
  }

  #answer(frame: ClientFrame, line: FakeLine): ServerFrame[] {
    const session = this.#session(line);
    switch (frame.type) {
      case 'hello':
        session.isGreeted = true;
        session.user = frame.user ?? null;
        return [this.greeting(session.user), ...(frame.joins ?? []).flatMap((join) => this.#join(join, session))];
      case 'join':
        return this.#join(frame, session);
      case 'leave':
        session.rooms.delete(frame.room);
        return [{ type: 'left', room: frame.room }];
      case 'publish':
        return this.#publish(frame, session);
      case 'withdraw':
        if (session.refused.get(frame.room) === frame.messageId) session.refused.delete(frame.room);
        return [];
      case 'ping':
        return [{ type: 'pong' }];
      default:
        return [];
    }
  }

  #join({ room: name, ref, since, recent }: JoinRequest, session: Session): ServerFrame[] {
    const room = this.room(name);
    const cursor = room.startOf(since);
    session.rooms.add(name);
    const joined = { type: 'joined', room: room.name, ref, position: room.position, cursor } as ServerFrame;
    return [joined, ...room.readAfter(cursor, recent), { type: 'live', room: room.name }];
  }

  #publish(frame: PublishFrame, session: Session): ServerFrame[] {
    const { room, messageId, event, data, base64 } = frame;
    const waitsFor = session.refused.get(room);
    if (waitsFor !== undefined && waitsFor !== messageId) {
      return [{ type: 'nack', room, messageId, code: 'out_of_order', retry: 'backoff' } satisfies NackFrame];
    }
    session.refused.delete(room);
    const known = this.#stored.get(`${session.user ?? ''}\n${room}\n${messageId}`);
    const id = known ?? this.append(room, event, data, messageId, session.user, base64);
    return [{ type: 'ack', room, messageId, id, duplicate: known !== undefined } as ServerFrame];
  }
}
