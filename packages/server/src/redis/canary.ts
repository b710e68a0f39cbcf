/**
 * beside Hop 6/8 – the shell of canary-state.ts: publishes on the command connection, listens on the subscriber,
 * carries the clock.
 */
import { CANARY_BEAT_MS, FIRST_CANARY_STATE, transition, type CanaryEvent, type CanaryState } from './canary-state.ts';
import type { Clients } from './clients.ts';
import type { RedisClock } from './redis-clock.ts';

export interface CanaryOptions {
  readonly clients: Clients;
  readonly channel: string;
  readonly clock: RedisClock;
  /** After each change between hearing and silent. */
  readonly onChange: () => void;
  readonly onOverdue: () => void;
  /** With every beat, for whoever has something to do once a second. */
  readonly onBeat: () => void;
}

export class Canary {
  readonly #options: CanaryOptions;
  readonly #channel: Buffer;
  #state: CanaryState = FIRST_CANARY_STATE;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CanaryOptions) {
    this.#options = options;
    this.#channel = Buffer.from(options.channel);
    const { command, subscriber } = options.clients;
    subscriber.on('messageBuffer', (channel: Buffer, bytes: Buffer) => {
      if (channel.equals(this.#channel)) this.#apply({ type: 'heard', counter: Number(bytes.toString('latin1')) });
    });
    subscriber.on('ready', () => this.#listen());
    command.on('ready', () => this.#beat());
    for (const redis of [command, subscriber]) redis.on('close', () => this.#apply({ type: 'interrupted' }));
  }

  get isHearing(): boolean {
    return this.#state.name === 'hearing';
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      this.#beat();
      this.#options.onBeat();
    }, CANARY_BEAT_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #listen(): void {
    // A failure shows as silence, and silence replaces the connection.
    this.#options.clients.subscriber.subscribe(this.#options.channel).then(
      () => this.#beat(),
      () => undefined,
    );
  }

  #beat(): void {
    const { clients, clock } = this.#options;
    if (clients.command.status === 'ready') {
      const askedAtMs = performance.now();
      clients.command.time().then(
        (reply) => clock.read(reply, askedAtMs),
        () => undefined,
      );
    }
    // Keeps the socket timeout of the subscriber from firing while the command connection is away.
    if (clients.subscriber.status === 'ready') clients.subscriber.ping().catch(() => undefined);
    if (clients.command.status === 'ready' && clients.subscriber.status === 'ready') this.#apply({ type: 'beat' });
  }

  #apply(event: CanaryEvent): void {
    const before = this.#state.name;
    const { state, effects } = transition(this.#state, event);
    this.#state = state;
    for (const effect of effects) {
      if (effect === 'publish') {
        this.#options.clients.command.publish(this.#options.channel, String(state.sent)).catch(() => undefined);
      } else {
        this.#options.onOverdue();
        this.#options.clients.replace();
      }
    }
    if (state.name !== before) this.#options.onChange();
  }
}
