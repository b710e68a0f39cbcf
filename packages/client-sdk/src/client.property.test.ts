/**
 * Any schedule of faults against a small model server: what is published is stored once and in order, and what a member
 * hears is the stream, or a gap that says what is missing. Serves G1.1, G1.2, G2.2, G2.6, G3.1, G3.2, G4.7.
 */
import { createRandom, propertyRuns } from '@holdline/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakePage } from './testing/fake-page.ts';
import { FakeServer } from './testing/fake-server.ts';
import { SharedOutbox } from './testing/shared-outbox.ts';

const ROOMS = ['lobby', 'other'] as const;

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const), room: fc.constantFrom(...ROOMS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('append' as const), room: fc.constantFrom(...ROOMS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('up' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('down' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 300, 2_000, 30_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('cut', 'double', 'lose', 'nack', 'crash', 'freeze', 'resume', 'open', 'trim', 'flush'),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** One writer with its lives, one reader, one server. */
class World {
  readonly server = new FakeServer();
  readonly store = new SharedOutbox();
  readonly reader = new FakePage(this.server, { user: 'reader' });
  readonly heard = new Map(ROOMS.map((room) => [room, this.reader.listen(room, { since: 'start' }).heard]));
  readonly published = new Map<string, string[]>(ROOMS.map((room) => [room, []]));
  writer = this.#life();
  #count = 0;
  #nacks = 0;

  constructor() {
    this.server.script = (frame) => {
      if (frame.type !== 'publish' || this.#nacks === 0) return undefined;
      this.#nacks -= 1;
      const { room, messageId } = frame;
      return [{ type: 'nack', room, messageId, code: 'unavailable', retry: 'backoff' }];
    };
  }

  async run(each: Step): Promise<void> {
    const { server, writer } = this;
    const line = writer.lines.at(-1);
    switch (each.do) {
      case 'publish':
        this.#publish(each.room);
        break;
      case 'append':
        server.append(each.room, 'text', 'from elsewhere', `e${(this.#count += 1)}`);
        break;
      case 'up':
        if (line) server.takeUp(line, each.count);
        break;
      case 'down':
        line?.letDown(each.count);
        break;
      case 'wait':
        await vi.advanceTimersByTimeAsync(each.ms);
        break;
      case 'cut':
        for (const open of server.lines) if (open.state === 'open') open.cut();
        break;
      case 'double':
        for (const { down } of server.lines) down.push(...down.filter((frame) => isMessage(frame)));
        break;
      case 'lose':
        // The newest messages on their way to the reader, as a node does that went deaf.
        this.#readerLine()?.down.splice(
          -1,
          1,
          ...this.#readerLine()!
            .down.slice(-1)
            .filter((frame) => !isMessage(frame)),
        );
        break;
      case 'nack':
        this.#nacks += 1;
        break;
      case 'crash':
        writer.crash();
        this.writer = this.#life();
        break;
      case 'freeze':
      case 'resume':
        writer.hint(each.do);
        break;
      case 'open':
        for (const waiting of server.lines) waiting.open();
        break;
      case 'trim':
        server.room('lobby').trim(1);
        break;
      case 'flush':
        await server.flush();
    }
    await vi.advanceTimersByTimeAsync(1);
  }

  /** The faults are over: everything finds its end. */
  async end(): Promise<void> {
    this.#nacks = 0;
    this.writer.hint('resume');
    for (let second = 0; second < 90; second += 1) {
      await this.server.flush();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    // A last message shows what is missing before it.
    for (const room of ROOMS) this.server.append(room, 'text', 'last', `last-${room}`);
    for (let second = 0; second < 60; second += 1) {
      await this.server.flush();
      await vi.advanceTimersByTimeAsync(1_000);
    }
  }

  #life(): FakePage {
    const page = new FakePage(this.server, { store: this.store, user: 'writer' });
    void page.client.connect();
    return page;
  }

  #publish(room: string): void {
    const messageId = `p${(this.#count += 1)}`;
    this.published.get(room)!.push(messageId);
    void this.writer.client.room(room).publish('text', messageId, { messageId });
  }

  #readerLine() {
    return this.reader.lines.at(-1);
  }
}

const isMessage = (frame: unknown): boolean => (frame as { type?: string }).type === 'message';

/** The numbers that were heard or told as missing, in order. */
const numbersOf = (heard: readonly string[]): number[] =>
  heard.flatMap((each) => {
    const gap = /^gap \w+ \d+-(\d+)\.\.\d+-(\d+)/.exec(each);
    if (!gap) return [Number.parseInt(each, 10)];
    const [from, to] = [Number(gap[1]), Number(gap[2])];
    return Array.from({ length: to - from }, (_, i) => from + 1 + i);
  });

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('[G2.2] any schedule of faults: stored once and in order, heard once and in order or told as a gap', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), fc.nat(), async (steps, seed) => {
      // Jitter belongs to the schedule, so that a failing one replays.
      const { random } = createRandom(seed);
      vi.spyOn(Math, 'random').mockImplementation(random);
      const world = new World();
      await world.server.flush();
      for (const each of steps) await world.run(each);
      await world.end();

      for (const room of ROOMS) {
        const { entries } = world.server.room(room);
        const all = world.server.appended(room);
        const mine = all.flatMap(({ sender, messageId }) => (sender === 'writer' ? [messageId as string] : []));
        expect(mine).toEqual(world.published.get(room));
        expect(numbersOf(world.heard.get(room)!)).toEqual(all.map((_, i) => i + 1));
        expect(entries.length).toBeLessThanOrEqual(all.length);
      }
      expect(world.writer.client.outbox.size).toBe(0);
      expect(world.store.kept).toEqual([]);
      await Promise.all([world.reader.client.close(), world.writer.client.close()]);
    }),
    { numRuns: propertyRuns(40) },
  );
}, 600_000);
