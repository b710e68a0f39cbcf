/** Clients that come and go: each joins a few rooms, publishes, signals, leaves or not, and is closed after a short life. */
import { createClient, type Client } from '@holdline/client';
import { createRandom, type SeededRandom } from '@holdline/testkit';

export interface FlappingTask {
  readonly urls: readonly string[];
  readonly seed: number;
  /** How many are alive at a time. */
  readonly clients: number;
  readonly rooms: number;
}

/** A life is a number of steps; between two of them this long passes at most. */
const MAX_STEPS = 12;
const MAX_PAUSE_MS = 120;
const STORM_EVERY_MS = 15_000;

export class Flapping {
  readonly #task: FlappingTask;
  readonly #random: SeededRandom;
  readonly #alive = new Set<Client>();
  readonly #lives: Promise<void>[];
  #lived = 0;
  #received = 0;
  #gaps = 0;
  #isEnding = false;
  #stormAt = performance.now() + STORM_EVERY_MS;

  constructor(task: FlappingTask) {
    this.#task = task;
    this.#random = createRandom(task.seed);
    this.#lives = Array.from({ length: task.clients }, () => this.#liveOn());
  }

  get counts(): Readonly<Record<string, number>> {
    return { lived: this.#lived, received: this.#received, gaps: this.#gaps };
  }

  /** Lets everybody finish the step that it is at, and closes all. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#lives);
  }

  /** One life after the other. */
  async #liveOn(): Promise<void> {
    while (!this.#isEnding) {
      this.#lived += 1;
      await this.#live();
    }
  }

  async #live(): Promise<void> {
    const random = this.#random;
    const client = createClient({
      url: random.shuffle(this.#task.urls),
      user: `u${random.below(50)}`,
      storage: 'memory',
      backoff: { minMs: 20, maxMs: 500 },
    });
    this.#alive.add(client);
    client.on('error', () => undefined);
    for (let steps = 1 + random.below(MAX_STEPS); steps > 0 && !this.#isEnding; steps -= 1) {
      this.#step(client);
      this.#storm();
      await new Promise((resolve) => setTimeout(resolve, random.below(MAX_PAUSE_MS)));
    }
    this.#alive.delete(client);
    await client.close({ flush: random.below(2) === 0, timeoutMs: 1000 });
  }

  /** Nobody handles the promises: what fails is an event as well. */
  #step(client: Client): void {
    const random = this.#random;
    const room = client.room(`room-${random.below(this.#task.rooms)}`, {
      since: random.pick(['live', 'start', { last: 5 }]),
    });
    switch (random.below(8)) {
      case 0:
        return room.leave();
      case 1:
        return room.signal('typing', true);
      case 2:
      case 3:
        room.on('message', () => void (this.#received += 1));
        room.on('gap', () => void (this.#gaps += 1));
        void room.join().catch(() => undefined);
        return;
      default:
        void room.publish('text', 'x'.repeat(random.below(2000))).catch(() => undefined);
    }
  }

  /** Now and then all come back at once. */
  #storm(): void {
    if (performance.now() < this.#stormAt) return;
    this.#stormAt = performance.now() + STORM_EVERY_MS;
    for (const client of this.#alive) void client.connect().catch(() => undefined);
  }
}
