import { createDeferred, createRandom, ManualClock, propertyRuns, type SeededRandom } from '@holdline/testkit';
import { expect, test } from 'vitest';
import type { MessageId, RoomId, ServerFrame, StreamId } from '@holdline/protocol';
import { createEmbeddedBroker, embeddedControlsOf } from '../embedded-engine.ts';
import { LogError, type AppendMessage, type AppendOutcome, type MessageLog } from '../log/message-log.ts';
import {
  createPublisherKit,
  EVERYTHING,
  MemorySession,
  publishFrame,
  type PublisherKitOptions,
} from './publisher.kit.ts';
import type { Publisher } from './publisher.ts';

const LOBBY = 'lobby' as RoomId;

async function createKit(options: Partial<PublisherKitOptions> = {}) {
  const clock = new ManualClock();
  const broker = createEmbeddedBroker({ now: () => Math.floor(clock.now()), dedupeMs: 60_000 });
  const engine = broker.connect({ instance: 'here' });
  await engine.start();
  const kit = createPublisherKit({ clock, log: engine.log, ...options });
  const session = new MemorySession();
  const settle = (): Promise<void> => clock.advanceAsync(0);
  const controls = embeddedControlsOf(broker);
  return { ...kit, clock, engine, controls, session, publisher: kit.connect(session), settle };
}

async function storedIds(log: MessageLog): Promise<readonly string[]> {
  const page = await log.readAfter(LOBBY, { id: '0-0' as StreamId, messageId: '' }, { limit: 500 });
  return page.entries.map((entry) => entry.messageId);
}

test('[G2.1] an ack carries the ID of the stored entry', async () => {
  const { publisher, session, settle, engine } = await createKit();

  await publisher.publish(publishFrame('m1'), 100, false);
  await settle();

  const page = await engine.log.readAfter(LOBBY, { id: '0-0' as StreamId, messageId: '' }, { limit: 10 });
  expect(session.frames).toEqual([
    { type: 'ack', room: LOBBY, messageId: 'm1', id: page.entries[0]!.id, duplicate: false },
  ]);
});

test('[G3.1] [G3.3] a repeat gets the first ID, other content a refusal', async () => {
  const { publisher, session, settle } = await createKit();

  for (const data of ['x', 'x', 'y']) {
    await publisher.publish(publishFrame('m1', { data }), 100, false);
    await settle();
  }

  expect(session.answers).toEqual(['m1 ack', 'm1 duplicate', 'm1 message_id_conflict']);
  expect((session.frames[1] as { id: string }).id).toBe((session.frames[0] as { id: string }).id);
});

test('[G3.4] two users may use the same message ID', async () => {
  const { connect, settle, engine } = await createKit();
  const [alice, bob] = [new MemorySession(), new MemorySession()];
  alice.principal = { ...EVERYTHING, user: 'alice' as never };
  bob.principal = { ...EVERYTHING, user: 'bob' as never };

  await connect(alice).publish(publishFrame('m1', { data: 'hers' }), 100, false);
  await connect(bob).publish(publishFrame('m1', { data: 'his' }), 100, false);
  await settle();

  expect([...alice.answers, ...bob.answers]).toEqual(['m1 ack', 'm1 ack']);
  expect(await storedIds(engine.log)).toEqual(['m1', 'm1']);
});

test('[G3.5] a retry from beyond the window is refused and not stored', async () => {
  const { publisher, session, settle, clock, engine } = await createKit();
  const firstSentAt = clock.now();
  await clock.advanceAsync(3_600_000);

  await publisher.publish(publishFrame('m1', { retry: true, firstSentAt }), 100, false);
  await settle();

  expect(session.answers).toEqual(['m1 beyond_window']);
  expect(await storedIds(engine.log)).toEqual([]);
});

test('[G3.6] a retry of a stored message is acknowledged, whatever would refuse it now', async () => {
  let isAllowed = true;
  const { publisher, session, settle } = await createKit({ authorize: () => isAllowed, onMessage: () => isAllowed });
  await publisher.publish(publishFrame('m1'), 100, false);
  await settle();
  isAllowed = false;

  await publisher.publish(publishFrame('m1', { retry: true }), 100, false);
  await publisher.publish(publishFrame('m1', { retry: true }), 70_000, false);
  await publisher.publish(publishFrame('m2', { retry: true }), 100, false);
  await settle();

  expect(session.answers).toEqual(['m1 ack', 'm1 duplicate', 'm1 duplicate', 'm2 forbidden']);
});

test('[G3.3] a retry with other content is never acknowledged for the message that is stored, whatever would refuse it', async () => {
  let isAllowed = true;
  const { publisher, session, settle } = await createKit({ authorize: () => isAllowed });
  await publisher.publish(publishFrame('m1'), 100, false);
  await settle();
  isAllowed = false;

  await publisher.publish(publishFrame('m1', { data: 'other', retry: true }), 100, false);
  await settle();

  expect(session.answers).toEqual(['m1 ack', 'm1 message_id_conflict']);
});

test('[G3.6] when the log cannot be asked, a retry is not refused for good', async () => {
  const { publisher, session, settle, controls } = await createKit({ authorize: () => false });
  await controls.goAway();

  await publisher.publish(publishFrame('m1', { retry: true }), 100, false);
  await settle();

  expect(session.answers).toEqual(['m1 unavailable']);
});

test('[G6.1] an append that fails is answered with its code and a verdict to try again', async () => {
  const { publisher, session, settle, controls } = await createKit();
  await controls.refuseWrites(true);

  await publisher.publish(publishFrame('m1'), 100, false);
  await settle();

  expect(session.frames).toMatchObject([{ type: 'nack', messageId: 'm1', code: 'store_refused', retry: 'backoff' }]);
});

test('[G7.3] each limit at the door has its own code and lets the same message pass later', async () => {
  const { publisher, session, settle } = await createKit({ maxInFlight: 2 });

  session.isDraining = true;
  await publisher.publish(publishFrame('a'), 100, false);
  session.isDraining = false;
  await publisher.publish(publishFrame('a'), 100, true);
  for (const name of ['a', 'b', 'c']) await publisher.publish(publishFrame(name, { room: name as RoomId }), 100, false);
  await settle();

  expect(session.answers).toEqual(['a draining', 'a rate_limited', 'c too_many_in_flight', 'a ack', 'b ack']);
});

test('[G7.2] a full queue is answered as overloaded', async () => {
  const { publisher, session, settle } = await createKit({ limits: { maxQueueCount: 1 } });

  for (const name of ['a', 'b', 'c']) void publisher.publish(publishFrame(name), 100, false);
  await settle();

  expect(session.answers).toContain('b overloaded');
  expect(session.answers).toContain('c out_of_order');
});

test('[G1.2] later publishes in the room wait until the refused one is back, withdrawn or settled', async () => {
  const { publisher, session, settle } = await createKit();
  const send = (name: string, isOverRate = false): Promise<void> | undefined =>
    publisher.publish(publishFrame(name), 100, isOverRate);

  await send('a', true);
  await send('b');
  await publisher.publish(publishFrame('other', { room: 'elsewhere' as RoomId }), 100, false);
  await send('a');
  await send('b');
  await settle();
  expect(session.answers).toEqual(['a rate_limited', 'b out_of_order', 'other ack', 'a ack', 'b ack']);

  await send('c', true);
  publisher.withdraw(LOBBY, 'c' as MessageId);
  await send('d');
  await send('e', true);
  publisher.refuseUndecodable(LOBBY, 'e' as MessageId, { code: 'bad_event' });
  await send('f');
  await settle();
  expect(session.answers.slice(5)).toEqual(['c rate_limited', 'e rate_limited', 'e bad_event', 'd ack', 'f ack']);
});

test('publishes of a closed connection that still wait are dropped together', async () => {
  const reply = createDeferred<readonly AppendOutcome[]>();
  const calls: (readonly AppendMessage[])[] = [];
  const append = (_room: RoomId, messages: readonly AppendMessage[]) => (calls.push(messages), reply.promise);
  const { publisher, session, settle, metrics, queues } = await createKit({
    log: { append, findStored: () => Promise.resolve(null) },
  });
  await publisher.publish(publishFrame('a'), 100, false);
  await settle();
  await publisher.publish(publishFrame('b'), 100, false);
  await publisher.publish(publishFrame('c'), 100, false);

  session.isOpen = false;
  reply.resolve([{ status: 'stored', id: '1-1' as StreamId }]);
  await queues.idle();

  expect(calls).toHaveLength(1);
  expect(metrics.value('publishes_dropped')).toBe(2);
});

test('a hook that fails or is late refuses as retryable, never lets pass', async () => {
  const { publisher, session, clock, settle, engine } = await createKit({
    onMessage: ({ messageId }) => {
      if (messageId === 'throws') throw new Error('bug');
      return new Promise(() => {});
    },
  });

  await publisher.publish(publishFrame('throws', { room: 'elsewhere' as RoomId }), 100, false);
  const late = publisher.publish(publishFrame('late'), 100, false);
  await clock.advanceAsync(5000);
  await late;
  await settle();

  expect(session.answers).toEqual(['throws internal', 'late internal']);
  expect(await storedIds(engine.log)).toEqual([]);
});

test('[G7.3] refused publishes in ever new rooms do not grow without end', async () => {
  const { publisher, session } = await createKit({ maxInFlight: 4 });

  for (let i = 0; i < 25; i++) await publisher.publish(publishFrame('m', { room: `r${i}` as RoomId }), 100, true);

  expect(session.isOverloaded).toBe(true);
});

/** As the SDK does: sends in order, hears answers late, sends refused ones again in order, gives up none. */
class Sender {
  readonly ids: string[];
  readonly #publisher: Publisher;
  readonly #random: SeededRandom;
  /** Not sent, or to be sent again; in order. */
  readonly #due: string[];
  /** Answers on their way. */
  readonly #wire: ServerFrame[] = [];
  #open: number;

  constructor(name: string, count: number, publisher: Publisher, session: MemorySession, random: SeededRandom) {
    this.ids = Array.from({ length: count }, (_, i) => `${name}${i}`);
    this.#due = [...this.ids];
    this.#open = count;
    this.#publisher = publisher;
    this.#random = random;
    session.onFrame = (frame) => this.#wire.push(frame);
  }

  get isDone(): boolean {
    return this.#open === 0;
  }

  async act(): Promise<void> {
    for (let n = this.#random.below(4); n > 0; n--) this.#hear(this.#wire.shift());
    for (let n = this.#random.below(6); n > 0 && this.#due.length > 0; n--) {
      const isOverRate = this.#random.below(12) === 0;
      await this.#publisher.publish(publishFrame(this.#due.shift()!, { retry: true }), 100, isOverRate);
    }
  }

  #hear(frame: ServerFrame | undefined): void {
    if (frame?.type === 'ack') this.#open -= 1;
    if (frame?.type !== 'nack') return;
    this.#due.push(frame.messageId);
    this.#due.sort((a, b) => this.ids.indexOf(a) - this.ids.indexOf(b));
  }
}

test('[G1.2] whatever fails, what each connection sent is stored in the order in which it was sent', async () => {
  for (let seed = 1; seed <= propertyRuns(150); seed++) {
    const random = createRandom(seed);
    const clock = new ManualClock({ seed });
    const stored: string[] = [];
    const calls: (() => void)[] = [];
    const append: MessageLog['append'] = (_room, messages) =>
      new Promise((resolve, reject) => {
        const isApplied = random.below(4) > 0;
        const isAnswered = isApplied && random.below(5) > 0;
        calls.push(() => {
          const outcomes = isApplied ? messages.map((message) => store(stored, message)) : [];
          if (isAnswered) resolve(outcomes);
          else reject(new LogError(isApplied ? 'unavailable' : random.pick(['unavailable', 'store_refused']), 'fault'));
        });
      });
    const { connect } = createPublisherKit({
      clock,
      log: { append, findStored: () => Promise.resolve(null) },
      limits: { maxCallCount: 3, maxQueueCount: 5 },
      maxInFlight: 6,
    });
    const senders = ['a', 'b', 'c'].map((name) => {
      const session = new MemorySession();
      return new Sender(name, 25, connect(session), session, random);
    });

    for (let round = 0; round < 20_000 && !senders.every(({ isDone }) => isDone); round++) {
      if (random.below(2) === 0) await random.pick(senders).act();
      if (random.below(2) === 0) calls.shift()?.();
      if (random.below(2) === 0) await clock.advanceAsync(0);
    }

    for (const sender of senders) {
      expect(
        stored.filter((id) => id[0] === sender.ids[0]![0]),
        `seed ${seed}`,
      ).toEqual(sender.ids);
    }
  }
}, 120_000);

function store(stored: string[], { messageId }: AppendMessage): AppendOutcome {
  const at = stored.indexOf(messageId);
  if (at < 0) stored.push(messageId);
  return { status: at < 0 ? 'stored' : 'duplicate', id: `1-${(at < 0 ? stored.length - 1 : at) + 1}` as StreamId };
}
