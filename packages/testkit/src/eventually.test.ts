import { expect, test } from 'vitest';
import { createDeferred } from './deferred.ts';
import { eventually } from './eventually.ts';

test('answers with the first value that is neither false nor an exception', async () => {
  let calls = 0;

  const answer = await eventually(
    () => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return calls === 2 ? false : calls;
    },
    { intervalMs: 1 },
  );

  expect(answer).toBe(3);
});

test('rejects at the deadline with the last error', async () => {
  const waiting = eventually(() => expect(1).toBe(2), { deadlineMs: 20, intervalMs: 5, what: 'one equals two' });

  await expect(waiting).rejects.toThrow(/one equals two did not hold within 20 ms: expected 1 to be 2/);
});

test('a deferred is settled from outside and says so', async () => {
  const deferred = createDeferred<string>();
  expect(deferred.isSettled).toBe(false);

  deferred.resolve('done');

  expect(deferred.isSettled).toBe(true);
  await expect(deferred.promise).resolves.toBe('done');
});
