/**
 * One user's line to the servers, outside of React: a client from `start` to `stop`, and what the page shows of
 * it as one immutable view. It may be started again, as Strict Mode does: that makes a new client, which takes
 * over what the last one left in the outbox.
 */
import { createClient } from '@holdline/client';
import type { Line } from '../line/breakable-socket.ts';
import { lineWords, withEntry, type LineLogEntry } from '../line/line-log.ts';
import type { Route } from '../line/route.ts';
import type { ConversationEvent } from './conversation.ts';
import type { ChatClient, ChatRooms, ConnectionStatus, OutboxChange, Pending } from './events.ts';

export interface SessionView {
  /** Null before `start`. */
  readonly client: ChatClient | null;
  readonly state: ConnectionStatus;
  readonly reason: string | null;
  /** When the next attempt starts, in ms since 1970 by this device's clock; null when none is planned. */
  readonly retryAt: number | null;
  /** The ID of the server instance; null while not connected. */
  readonly instance: string | null;
  /** Its short name: where the tab is, or where it is going. */
  readonly instanceName: string;
  /** Messages in the outbox. */
  readonly waiting: number;
  /** False when this browser does not let the page store: what is unsent ends with the page. */
  readonly isStorageSafe: boolean;
  readonly log: readonly LineLogEntry[];
}

export interface Session {
  view: () => SessionView;
  subscribe: (listener: () => void) => () => void;
  /** Returns what ends it. */
  start: () => () => void;
  /** Adds a line to the log. */
  note: (text: string) => void;
}

export interface SessionOptions {
  readonly user: string;
  readonly line: Line;
  readonly route: Route;
  readonly onOutbox: (room: string, event: ConversationEvent) => void;
  readonly onConnection: (isConnected: boolean) => void;
}

/** All instances serve the same rooms, so what is unsent may leave through any of them. */
const SCOPE = 'holdline-demo';

interface Item extends Pending {
  readonly room: string;
}

export function createSession({ user, line, route, onOutbox, onConnection }: SessionOptions): Session {
  const listeners = new Set<() => void>();
  let view: SessionView = {
    client: null,
    state: 'idle',
    reason: null,
    retryAt: null,
    instance: null,
    instanceName: route.current.name,
    waiting: 0,
    isStorageSafe: true,
    log: [],
  };
  const show = (change: Partial<SessionView>): void => {
    view = { ...view, ...change };
    for (const listener of listeners) listener();
  };

  const note = (text: string): void => show({ log: withEntry(view.log, Date.now(), text) });

  const watchConnection = (client: ChatClient): (() => void) =>
    client.on('state', ({ current, reason, retryInMs }) => {
      if (current === 'connected') route.stay();
      const now = Date.now();
      const { instance } = client;
      const instanceName = route.current.name;
      const text = lineWords({ state: current, reason, retryInMs, instance, instanceName });
      show({
        state: current,
        reason,
        retryAt: retryInMs === null ? null : now + retryInMs,
        instance,
        instanceName,
        log: text === null ? view.log : withEntry(view.log, now, text),
      });
      onConnection(current === 'connected');
    });

  const watchOutbox = ({ outbox }: ChatClient): (() => void)[] => {
    const tell = (change: OutboxChange, item: Item): void => {
      const order = outbox.items.map(({ messageId }) => messageId);
      onOutbox(item.room, { type: 'outbox', change, item, at: Date.now(), order });
      show({ waiting: outbox.size });
    };
    const offs = [
      outbox.on('queued', (item) => tell('queued', item)),
      outbox.on('sent', (item) => tell('sent', item)),
      outbox.on('stored', (item) => tell('stored', item)),
      outbox.on('rejected', ({ error, ...item }) => tell('rejected', { ...item, code: error.code })),
      outbox.on('unknown', ({ error, ...item }) => tell('unknown', { ...item, code: error.code })),
    ];
    for (const item of outbox.items) tell(item.state, item);
    return offs;
  };

  return {
    view: () => view,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    note,
    start() {
      const client = createClient<ChatRooms>({
        // A refusal of our own says nothing about the instance: no reason to go to the next.
        url: () => (line.isBlocked ? route.current.url : route.url()),
        user,
        scope: SCOPE,
        WebSocket: line.WebSocket,
        // Gentler than the default: a visitor should have time to see the line being down.
        backoff: { minMs: 1_000, maxMs: 8_000 },
      });
      const offs = [
        watchConnection(client),
        client.on('storage-degraded', () => show({ isStorageSafe: false })),
        client.on('error', ({ code }) => note(`Trouble: ${code}`)),
        ...watchOutbox(client),
      ];
      show({ client, state: client.state });
      // What makes the client fail is a state as well, and the banner shows it.
      client.connect().catch(() => {});
      return () => {
        for (const off of offs) off();
        show({ client: null, state: 'idle', reason: null, retryAt: null, instance: null, waiting: 0 });
        route.stay();
        void client.close();
      };
    },
  };
}
