// First pass over a history: every event finds its place in the model. Nothing is judged here but what only the event
// itself can show, a delivery that does not hold what was published.

import { Chain, isAfter, type ChainNode } from './chain.ts';
import { guessByTime, guessPrevious, markFinal } from './guesses.ts';
import type { HistoryEvent, MessageDelivered, PublishInvoked, PublishStored, StreamRead } from './history-event.ts';
import type {
  HistoryModel,
  MessageRecord,
  ReadRecord,
  RoomRecord,
  SessionRecord,
  Track,
  TrackEvent,
} from './history-model.ts';

/** Altered deliveries kept for the counter-example; the rest would say the same. */
const MAX_ALTERED = 16;

export class HistoryCollector {
  readonly #model: HistoryModel = { sessions: new Map(), rooms: new Map(), faults: new Map(), events: 0 };

  add(event: HistoryEvent): void {
    this.#model.events += 1;
    switch (event.kind) {
      case 'message-delivered':
        return this.#delivered(event);
      case 'publish-invoked':
        return this.#invoked(event);
      case 'publish-stored':
        return this.#stored(event);
      case 'publish-kept':
        this.#message(event.room, event.messageId).keptAtMs ??= event.atMs;
        return;
      case 'publish-rejected':
      case 'publish-unknown': {
        const message = this.#message(event.room, event.messageId);
        (message.refusals ??= []).push(event);
        return;
      }
      case 'stream-read':
        return this.#read(event);
      case 'gap-told':
        this.#room(event.room).gaps.push(event);
        if (event.reason === 'rewritten' || event.reason === 'lost') this.#room(event.room).rewrites.push(event);
        return this.#note(event);
      case 'member-joined':
      case 'member-placed':
      case 'room-state':
        return this.#note(event);
      default:
        return this.#outside(event);
    }
  }

  /** The model, with predecessors guessed where no read saw them, and the final history marked. */
  finish(): HistoryModel {
    for (const session of this.#model.sessions.values())
      for (const track of session.tracks.values()) guessPrevious(track);
    for (const room of this.#model.rooms.values()) {
      guessByTime(room);
      markFinal(room);
    }
    return this.#model;
  }

  #outside(
    event: Extract<
      HistoryEvent,
      { kind: 'connection-state' | 'session-started' | 'session-ended' | `fault-${string}` }
    >,
  ): void {
    const { faults } = this.#model;
    switch (event.kind) {
      case 'session-started':
        this.#session(event.session).started = event;
        return;
      case 'session-ended':
        this.#session(event.session).ended = event;
        return;
      case 'connection-state':
        if (event.state !== 'connected') this.#session(event.session).interruptions.push(event.seq);
        return;
      case 'fault-started':
        faults.set(event.faultId, { started: event, ended: null, healed: null });
        return;
      case 'fault-ended': {
        const fault = faults.get(event.faultId);
        if (fault) fault.ended = event;
        return;
      }
      case 'fault-healed': {
        const fault = faults.get(event.faultId);
        if (fault) fault.healed = event;
      }
    }
  }

  #session(name: string): SessionRecord {
    const { sessions } = this.#model;
    let session = sessions.get(name);
    if (session === undefined) {
      session = { name, started: null, ended: null, tracks: new Map(), interruptions: [] };
      sessions.set(name, session);
    }
    return session;
  }

  #room(name: string): RoomRecord {
    const { rooms } = this.#model;
    let room = rooms.get(name);
    if (room === undefined) {
      room = {
        name,
        chain: new Chain(),
        reads: [],
        messages: new Map(),
        gaps: [],
        rewrites: [],
        altered: [],
        finalRead: null,
        finalStart: null,
      };
      rooms.set(name, room);
    }
    return room;
  }

  #track(sessionName: string, roomName: string): Track {
    const session = this.#session(sessionName);
    const room = this.#room(roomName);
    let track = session.tracks.get(room);
    if (track === undefined) {
      track = { session, room, nodes: [], marks: [], atMs: [], events: new Map(), published: [] };
      session.tracks.set(room, track);
    }
    return track;
  }

  #message(roomName: string, messageId: string): MessageRecord {
    const room = this.#room(roomName);
    let message = room.messages.get(messageId);
    if (message === undefined) {
      message = {
        messageId,
        room,
        invoked: null,
        invokedAgain: null,
        ack: null,
        moreAcks: null,
        refusals: null,
        keptAtMs: null,
        nodes: [],
        isSeenBySender: false,
        walk: 0,
        seen: null,
        place: 0,
      };
      room.messages.set(messageId, message);
    }
    return message;
  }

  /** The entry, known as a place of its message from here on. */
  #place(node: ChainNode, room: RoomRecord): ChainNode {
    if (node.message === null && !node.isControl && node !== room.chain.root) {
      node.message = this.#message(room.name, node.messageId);
      node.message.nodes.push(node);
    }
    return node;
  }

  #delivered(event: MessageDelivered): void {
    const track = this.#track(event.session, event.room);
    const { room } = track;
    const node = this.#place(room.chain.node(event.id, event.messageId), room);
    node.isDelivered = true;
    const expected = node.message?.invoked?.digest ?? node.digest;
    node.digest ??= event.digest;
    if (expected !== null && expected !== event.digest && room.altered.length < MAX_ALTERED) room.altered.push(event);
    track.nodes.push(node);
    track.marks.push(event.seq * 2 + (event.replayed ? 1 : 0));
    track.atMs.push(event.atMs);
  }

  #note(event: TrackEvent): void {
    const track = this.#track(event.session, event.room);
    track.events.set(track.nodes.length, event);
    track.nodes.push(null);
    track.marks.push(event.seq * 2);
    track.atMs.push(event.atMs);
  }

  #invoked(event: PublishInvoked): void {
    const message = this.#message(event.room, event.messageId);
    const { seq, atMs, producer, digest } = event;
    const invocation = { seq, atMs, producer, digest, session: this.#session(event.session) };
    if (message.invoked !== null) (message.invokedAgain ??= []).push(invocation);
    else {
      message.invoked = invocation;
      this.#track(event.session, event.room).published.push(message);
    }
  }

  #stored(event: PublishStored): void {
    const message = this.#message(event.room, event.messageId);
    const node = this.#place(message.room.chain.node(event.id, event.messageId), message.room);
    const { seq, atMs, duplicate } = event;
    const ack = { seq, atMs, duplicate, node, session: this.#session(event.session) };
    if (message.ack === null) message.ack = ack;
    else (message.moreAcks ??= []).push(ack);
  }

  #read(event: StreamRead): void {
    const room = this.#room(event.room);
    const index = room.reads.length;
    const holes: { after: ChainNode | null; until: ChainNode }[] = [];
    let first: ChainNode | null = null;
    let last: ChainNode | null = event.after === undefined ? null : room.chain.at(event.after);
    for (const entry of event.entries) {
      const node = this.#place(room.chain.read(entry, index), room);
      if (last !== null && node.previous !== null && node.previous !== last && isAfter(node.previous, last)) {
        holes.push({ after: last, until: node.previous });
      }
      first ??= node;
      last = node;
    }
    const position = event.position === null ? null : room.chain.at(event.position);
    if (position !== null && last !== null && isAfter(position, last)) holes.push({ after: last, until: position });
    const read: ReadRecord = {
      seq: event.seq,
      event: { ...event, entries: [] },
      first: event.after === undefined ? first : undefined,
      last,
      position,
      holes,
    };
    room.reads.push(read);
    if (event.final) room.finalRead = read;
  }
}
