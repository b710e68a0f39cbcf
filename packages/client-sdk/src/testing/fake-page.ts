/**
 * A page of an application: one client on a fake server, what it hears written down, and its end as pages end: closed
 * in order, or gone from one moment to the next.
 */
import type { Client, Gap, Message, Off, OutboxEvents, Room, RoomOptions } from '../api.ts';
import { createClientWith } from '../client.ts';
import type { NetworkHint, NetworkHints } from '../connection/network-hints.ts';
import type { HoldlineError } from '../errors.ts';
import type { ClientOptions } from '../options.ts';
import type { AnyRooms } from '../rooms.ts';
import type { FakeLine } from './fake-line.ts';
import type { FakeServer } from './fake-server.ts';
import type { SharedOutbox } from './shared-outbox.ts';

/** A page without a store of its own keeps its outbox in memory. */
export interface PageOptions extends Partial<ClientOptions> {
  readonly store?: SharedOutbox;
}

export class FakePage {
  readonly client: Client;
  readonly states: string[] = [];
  readonly errors: HoldlineError[] = [];
  /** Nobody listens to errors any more. */
  readonly deafen: Off;
  /** Events of the outbox, as `stored m1`. */
  readonly outcomes: string[] = [];
  readonly lines: FakeLine[] = [];
  isDead = false;
  hasNetwork = true;
  readonly #store: { crash(): void } | undefined;
  #onHint: ((hint: NetworkHint) => void) | undefined;

  constructor(server: FakeServer, { store, ...options }: PageOptions = {}) {
    const isDead = (): boolean => this.isDead;
    const own = store?.page(isDead);
    this.#store = own;
    const fixed = {
      url: 'ws://fake',
      user: 'alice',
      WebSocket: server.webSocket(this.lines, isDead),
      storage: own ?? 'memory',
    } as const;
    this.client = createClientWith<AnyRooms>({ ...fixed, ...options }, this.#hints());
    this.client.on('state', ({ current, reason }) => this.states.push(`${current} ${reason}`));
    this.deafen = this.client.on('error', (error) => this.errors.push(error));
    for (const event of ['queued', 'sent', 'stored', 'rejected', 'unknown'] as const) {
      this.client.outbox.on(event, ({ messageId }: OutboxEvents[typeof event]) => {
        if (!this.isDead) this.outcomes.push(`${event} ${messageId}`);
      });
    }
  }

  /** Joins and writes down what is delivered: `1 text "hi"`, or `gap trimmed 0-0..3`. */
  listen(name: string, options?: RoomOptions): { readonly room: Room; readonly heard: string[] } {
    const room = this.client.room(name, options);
    const heard: string[] = [];
    room.on('message', (message) => void heard.push(tellMessage(message)));
    room.on('gap', (gap) => void heard.push(tellGap(gap)));
    void room.join();
    return { room, heard };
  }

  /** Gone, as by a crash: nothing it does reaches anything any more. */
  crash(): void {
    this.isDead = true;
    this.#store?.crash();
    for (const line of this.lines) line.vanish();
  }

  hint(hint: NetworkHint): void {
    this.#onHint?.(hint);
  }

  #hints(): NetworkHints {
    return {
      isOffline: () => !this.hasNetwork,
      listen: (onHint) => {
        this.#onHint = onHint;
        return () => (this.#onHint = undefined);
      },
    };
  }
}

export const tellMessage = ({ n, event, data }: Message): string => `${n} ${event} ${JSON.stringify(data)}`;

export const tellGap = ({ reason, from, to, missed }: Gap): string =>
  `gap ${reason} ${from}..${to ?? '?'} ${missed ?? '?'}`;
