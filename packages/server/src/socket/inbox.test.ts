import { createDeferred, ManualClock, type Deferred } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { Inbox, type InboxOwner } from './inbox.ts';

const settle = (): Promise<void> => new ManualClock().advanceAsync(0);

function createInbox(options: Partial<InboxOwner> = {}) {
  const handled: string[] = [];
  const reading: boolean[] = [];
  const faults: unknown[] = [];
  const gates: Deferred<void>[] = [];
  const inbox = new Inbox({
    handle: ({ text }) => {
      handled.push(text ?? 'binary');
      const gate = createDeferred();
      gates.push(gate);
      return gate.promise;
    },
    untilReady: () => null,
    setReading: (isReading) => reading.push(isReading),
    onFault: (error) => faults.push(error),
    ...options,
  });
  return { inbox, handled, reading, faults, gates };
}

test('handles one frame after the other, in order', async () => {
  const { inbox, handled, gates } = createInbox();
  for (const text of ['a', 'b', 'c']) inbox.push({ text, bytes: 1 });
  await settle();
  expect(handled).toEqual(['a']);

  gates[0]!.resolve();
  await settle();

  expect(handled).toEqual(['a', 'b']);
});

test('[G7.3] stops reading when many wait, by count or by bytes, and goes on when half are gone', async () => {
  const byCount = createInbox();
  const byBytes = createInbox();

  for (let i = 0; i < 200; i++) byCount.inbox.push({ text: `${i}`, bytes: 10 });
  byBytes.inbox.push({ text: 'first', bytes: 1 });
  byBytes.inbox.push({ text: 'large', bytes: 600_000 });
  expect(byCount.reading).toEqual([false]);
  expect(byBytes.reading).toEqual([false]);
  for (let i = 0; i < 200; i++) {
    await settle();
    byCount.gates[i]!.resolve();
  }
  byBytes.gates[0]!.resolve();
  await settle();
  byBytes.gates[1]!.resolve();
  await settle();

  expect(byCount.reading).toEqual([false, true]);
  expect(byCount.handled).toHaveLength(200);
  expect(byBytes.reading).toEqual([false, true]);
});

test('[G7.3] waits while too much waits to be sent', async () => {
  const ready = createDeferred();
  let isOverfull = true;
  const { inbox, handled } = createInbox({ untilReady: () => (isOverfull ? ready.promise : null) });

  inbox.push({ text: 'a', bytes: 1 });
  await settle();
  expect(handled).toEqual([]);
  isOverfull = false;
  ready.resolve();
  await settle();

  expect(handled).toEqual(['a']);
});

test('a fault is reported once; after the end nothing is handled', async () => {
  const { inbox, handled, faults, gates } = createInbox();
  inbox.push({ text: 'a', bytes: 1 });
  inbox.push({ text: 'b', bytes: 1 });

  inbox.close();
  gates[0]!.reject(new Error('bug'));
  await settle();
  inbox.push({ text: 'c', bytes: 1 });
  await settle();

  expect(faults).toHaveLength(1);
  expect(handled).toEqual(['a']);
});
