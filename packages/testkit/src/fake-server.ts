// A server in a test, with rooms in memory. It does what docs/PROTOCOL.md says for the ordinary case and only when
// told: `settle()` moves frames to and fro until nothing moves. To extend: set `refuse` for publishes, `deny` for
// joins, push frames into a socket's `toClient`, or change `rooms` (an entry's `id` and `messageId` are its cursor).

import { MessageChannel } from 'node:worker_threads';
import {
  compareStreamIds,
  countOf,
  formatCursor,
  formatStreamId,
  parseCursor,
  timeOf,
  ZERO_CURSOR,
  ZERO_ID,
  type ClientFrame,
  type Cursor,
  type JoinRequest,
  type MessageFrame,
  type NackFrame,
  type PublishFrame,
  type RoomId,
  type ServerFrame,
  type StreamId,
  type UserId,
  type WelcomeFrame,
} from '@holdline/protocol';
import { FakeNetwork, type FakeSocket } from './fake-socket.ts';

export interface FakeRoom {
  readonly entries: MessageFrame[];
  /** Entries of the room's whole life, those that were trimmed included. */
  head: Cursor;
  readonly stored: Map<string, StreamId>;
}

interface Session {
  readonly rooms: Set<string>;
  /** Per room: the publish that was refused for now. */
  readonly refused: Map<string, string>;
}

export class FakeServer {
  readonly network = new FakeNetwork();
  readonly rooms = new Map<string, FakeRoom>();
  /** What each user may not see of the others: publishes that arrived, in order. */
  readonly arrived: PublishFrame[] = [];
  welcome: Partial<WelcomeFrame> = {};
  /** Answers every new socket at once. Without it the test calls `accept`. */
  isAccepting = true;
  refuse: ((frame: PublishFrame) => Pick<NackFrame, 'code' | 'retry'> | undefined) | null = null;
  deny: ((join: JoinRequest) => { code: string; retry: 'never' | 'backoff' } | undefined) | null = null;
  /** False keeps answers to publishes back, as a server that has stored and dies. */
  isAnswering = true;
  readonly #sessions = new Map<FakeSocket, Session>();

  constructor() {
    this.network.onSocket = (socket) => {
      this.#sessions.set(socket, { rooms: new Set(), refused: new Map() });
      if (this.isAccepting) queueMicrotask(() => socket.accept());
    };
  }

  room(name: string): FakeRoom {
    const room = this.rooms.get(name) ?? { entries: [], head: ZERO_CURSOR, stored: new Map() };
    this.rooms.set(name, room);
    return room;
  }

  /** Stores a message of another client and sends it to the members. */
  publish(room: string, data: unknown, messageId = `m${this.room(room).stored.size + 1}x`, sender = 'bob'): StreamId {
    const frame = { type: 'publish', room, event: 'text', messageId, data } as PublishFrame;
    return this.#store(frame, sender).id;
  }

  trim(name: string, keep: number): void {
    const { entries } = this.room(name);
    entries.splice(0, entries.length - keep);
  }

  /** Handles what clients sent and delivers what is for them, until nothing moves. */
  async settle(): Promise<void> {
    for (let isMoving = true, rounds = 0; isMoving; rounds += 1) {
      if (rounds > 10_000) throw new Error('the frames set one another without end');
      isMoving = false;
      await pause();
      for (const socket of this.network.sockets) {
        for (let frame = socket.take(); frame !== undefined; frame = socket.take()) this.handle(socket, frame);
        while (socket.deliver()) isMoving = true;
        isMoving ||= socket.toServer.length > 0;
      }
    }
  }

  handle(socket: FakeSocket, frame: ClientFrame): void {
    const session = this.#sessions.get(socket);
    if (session === undefined) return;
    const send = (answer: unknown): void => void socket.toClient.push(answer as ServerFrame);
    switch (frame.type) {
      case 'hello':
        send(this.#welcome(frame.user));
        for (const join of frame.joins ?? []) this.#join(session, join, send);
        return;
      case 'auth':
        return send({ type: 'authenticated', user: null, expiresAt: null });
      case 'join':
        return this.#join(session, frame, send);
      case 'leave':
        session.rooms.delete(frame.room);
        return send({ type: 'left', room: frame.room });
      case 'publish':
        return this.#publish(session, frame, send);
      case 'withdraw':
        if (session.refused.get(frame.room) === frame.messageId) session.refused.delete(frame.room);
        return;
      case 'signal':
        return this.#broadcast(frame.room, { ...frame, sender: null });
      case 'ping':
        return send({ type: 'pong' });
      case 'pong':
    }
  }

  #welcome(user: UserId | undefined): WelcomeFrame {
    const limits = { maxFrameBytes: 65_536, maxRooms: 512, maxInFlight: 256, dedupeMs: 3_600_000 };
    const names = { type: 'welcome', connection: 'c1', instance: 'i1', user: user ?? null } as const;
    return { ...names, time: 1_700_000_000_000, limits, heartbeatMs: 15_000, ...this.welcome };
  }

  #join(session: Session, join: JoinRequest, send: (frame: unknown) => void): void {
    const { room: name, ref, since = 'live' } = join;
    const denied = this.deny?.(join);
    if (denied !== undefined) return send({ type: 'error', request: 'join', room: name, ref, ...denied });
    const { entries, head } = this.room(name);
    session.rooms.add(name);
    const start = this.#start(name, since);
    send({ type: 'joined', room: name, ref, position: head, cursor: start });
    const from = parseCursor(start)?.id ?? ZERO_ID;
    const first = entries.find((entry) => compareStreamIds(entry.id, from) > 0);
    if (first !== undefined && countOf(first.id) > countOf(from) + 1) {
      const to = formatStreamId(timeOf(first.id) - 1, countOf(first.id) - 1);
      const missed = countOf(to) - countOf(from);
      const next = formatCursor(to, 'gone' as never);
      send({ type: 'gap', room: name, from, to, missed, reason: 'trimmed', next });
    }
    for (const entry of entries) if (compareStreamIds(entry.id, from) > 0) send(entry);
    send({ type: 'live', room: name });
  }

  #start(name: string, since: NonNullable<JoinRequest['since']>): Cursor {
    const { entries, head } = this.room(name);
    if (since === 'live') return head;
    if (typeof since === 'string' && since !== 'start') return since as Cursor;
    const count = typeof since === 'object' ? since.last : entries.length;
    const before = entries.at(-1 - count);
    return before === undefined ? ZERO_CURSOR : formatCursor(before.id, before.messageId);
  }

  #publish(session: Session, frame: PublishFrame, send: (frame: unknown) => void): void {
    const { room, messageId } = frame;
    this.arrived.push(frame);
    const waitsFor = session.refused.get(room);
    const isOutOfOrder = waitsFor !== undefined && waitsFor !== messageId;
    const refusal = isOutOfOrder ? { code: 'out_of_order', retry: 'backoff' } : this.refuse?.(frame);
    if (refusal !== undefined) {
      if (refusal.retry !== 'never' && !isOutOfOrder) session.refused.set(room, messageId);
      return send({ type: 'nack', room, messageId, ...refusal });
    }
    session.refused.delete(room);
    const { id, duplicate } = this.#store(frame, null);
    if (this.isAnswering) send({ type: 'ack', room, messageId, id, duplicate });
  }

  #store(frame: PublishFrame, sender: string | null): { id: StreamId; duplicate: boolean } {
    const { type: _, retry: __, firstSentAt: ___, ...parts } = frame;
    const room = this.room(frame.room);
    const known = room.stored.get(frame.messageId);
    if (known !== undefined) return { id: known, duplicate: true };
    const n = countOf(parseCursor(room.head)?.id ?? ZERO_ID) + 1;
    const id = formatStreamId(1000 + n, n);
    const entry = { type: 'message', ...parts, id, sender: sender as UserId | null } as MessageFrame;
    room.entries.push(entry);
    room.head = formatCursor(id, frame.messageId);
    room.stored.set(frame.messageId, id);
    this.#broadcast(frame.room, entry);
    return { id, duplicate: false };
  }

  #broadcast(room: RoomId, frame: unknown): void {
    for (const [socket, session] of this.#sessions) {
      if (session.rooms.has(room) && socket.state === 'open') socket.toClient.push(frame as ServerFrame);
    }
  }
}

/** A macrotask by a port of its own, so that it works under fake timers, too. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.once('message', () => {
      port1.close();
      resolve();
    });
    port2.postMessage(null);
  });
}
