import { createDeferred, ManualClock, type Deferred } from '@holdline/testkit';
import { expect, test } from 'vitest';
import type { MessageId, RoomId, StreamId } from '@holdline/protocol';
import { LogError, type AppendMessage, type AppendOutcome } from '../log/message-log.ts';
import { Metrics } from '../metrics.ts';
import { APPEND_LIMITS, AppendQueues, type AppendLimits, type QueuedPublish } from './append-queue.ts';

const LOBBY = 'lobby' as RoomId;
const settle = (): Promise<void> => new ManualClock().advanceAsync(0);

interface Call {
  readonly ids: readonly string[];
  readonly reply: Deferred<readonly AppendOutcome[]>;
}

function createQueues(limits: Partial<AppendLimits> = {}) {
  const calls: Call[] = [];
  const faults: unknown[] = [];
  const queues = new AppendQueues({
    log: {
      append: (_room, messages) => {
        const reply = createDeferred<readonly AppendOutcome[]>();
        calls.push({ ids: messages.map((message) => message.messageId), reply });
        return reply.promise;
      },
    },
    metrics: new Metrics(),
    limits: { ...APPEND_LIMITS, ...limits },
    onFault: (error) => faults.push(error),
  });
  return { queues, calls, faults };
}

class Publish implements QueuedPublish {
  readonly message: AppendMessage;
  readonly answers: string[];
  says: 'send' | 'refuse' | 'drop' = 'send';

  constructor(messageId: string, answers: string[] = [], data = '1') {
    this.answers = answers;
    this.message = {
      messageId: messageId as MessageId,
      kind: 'json',
      event: 'text',
      sender: null,
      data,
      isRetry: false,
      firstSentAt: null,
    };
  }

  verdict = () => this.says;
  answered = (outcome: AppendOutcome): void => void this.answers.push(`${this.message.messageId} ${outcome.status}`);
  refused = (error: LogError | null): void =>
    void this.answers.push(`${this.message.messageId} ${error?.code ?? 'out_of_order'}`);
}

const stored = (count: number): readonly AppendOutcome[] =>
  Array.from({ length: count }, (_, i) => ({ status: 'stored', id: `1-${i + 1}` as StreamId }));

test('[G1.2] one call at a time; what arrives meanwhile goes together in the next', async () => {
  const { queues, calls } = createQueues();
  queues.add(LOBBY, new Publish('a'));
  await settle();

  for (const name of ['b', 'c', 'd']) queues.add(LOBBY, new Publish(name));
  await settle();
  expect(calls.map((call) => call.ids)).toEqual([['a']]);
  calls[0]!.reply.resolve(stored(1));
  await settle();

  expect(calls.map((call) => call.ids)).toEqual([['a'], ['b', 'c', 'd']]);
});

test('rooms do not wait for each other', async () => {
  const { queues, calls } = createQueues();

  queues.add(LOBBY, new Publish('a'));
  queues.add('other' as RoomId, new Publish('b'));
  await settle();

  expect(calls).toHaveLength(2);
});

test('[G7.2] a call is bounded in count and bytes; a single large message still goes', async () => {
  const { queues, calls } = createQueues({ maxCallCount: 3, maxCallBytes: 2000 });
  for (const name of ['a', 'b', 'c', 'd']) queues.add(LOBBY, new Publish(name));
  queues.add(LOBBY, new Publish('large', [], 'x'.repeat(5000)));
  queues.add(LOBBY, new Publish('e'));

  for (let i = 0; i < 6; i++) {
    await settle();
    calls[i]?.reply.resolve(stored(calls[i]!.ids.length));
  }

  expect(calls.map((call) => call.ids)).toEqual([['a', 'b', 'c'], ['d'], ['large'], ['e']]);
});

test('[G7.2] beyond the bound of a room, or of all rooms together, nothing more is taken', async () => {
  const { queues, calls } = createQueues({ maxQueueCount: 2, maxTotalBytes: 10_000 });
  const [busy, other] = [LOBBY, 'other' as RoomId];
  queues.add(busy, new Publish('in flight'));
  await settle();

  expect(queues.add(busy, new Publish('a'))).toBe(true);
  expect(queues.add(busy, new Publish('b'))).toBe(true);
  expect(queues.add(busy, new Publish('c'))).toBe(false);
  expect(queues.add(other, new Publish('large', [], 'x'.repeat(9000)))).toBe(true);
  expect(queues.add(other, new Publish('d', [], 'x'.repeat(500)))).toBe(false);

  calls[0]!.reply.resolve(stored(1));
  await settle();
  expect(queues.add(busy, new Publish('c'))).toBe(true);
});

test('[G6.1] a call that fails refuses each of its messages, and the next one goes on', async () => {
  const { queues, calls } = createQueues();
  const answers: string[] = [];
  queues.add(LOBBY, new Publish('a', answers));
  queues.add(LOBBY, new Publish('b', answers));
  await settle();
  queues.add(LOBBY, new Publish('c', answers));

  calls[0]!.reply.reject(new LogError('unavailable', 'gone'));
  await settle();
  calls[1]!.reply.reject(new LogError('store_refused', 'full'));
  await settle();

  expect(answers).toEqual(['a unavailable', 'b unavailable', 'c store_refused']);
  expect(queues.isIdle).toBe(true);
});

test('a fault that is none of the log is reported and refuses as unavailable', async () => {
  const { queues, calls, faults } = createQueues();
  const answers: string[] = [];
  queues.add(LOBBY, new Publish('a', answers));
  await settle();

  calls[0]!.reply.reject(new TypeError('bug'));
  await settle();

  expect(answers).toEqual(['a unavailable']);
  expect(faults).toHaveLength(1);
});

test('[G1.2] each message is asked once more just before it is sent', async () => {
  const { queues, calls } = createQueues();
  const answers: string[] = [];
  const publishes = ['a', 'b', 'c', 'd'].map((name) => new Publish(name, answers));
  for (const publish of publishes) queues.add(LOBBY, publish);
  publishes[1]!.says = 'refuse';
  publishes[2]!.says = 'drop';

  await settle();
  calls[0]!.reply.resolve(stored(2));
  await settle();

  expect(calls[0]!.ids).toEqual(['a', 'd']);
  expect(answers).toEqual(['b out_of_order', 'a stored', 'd stored']);
});

test('idle resolves when everything was answered', async () => {
  const { queues, calls } = createQueues();
  let isIdle = false;
  queues.add(LOBBY, new Publish('a'));
  void queues.idle().then(() => (isIdle = true));
  await settle();
  expect(isIdle).toBe(false);

  calls[0]!.reply.resolve(stored(1));
  await settle();

  expect(isIdle).toBe(true);
  await queues.idle();
});
