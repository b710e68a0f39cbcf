import { expect, test } from 'vitest';
import { fullBucket, takeToken, type Bucket } from './rate-limit.ts';

const LIMIT = { perSecond: 10, burst: 5 };

function take(bucket: Bucket, times: number, nowMs: number): { bucket: Bucket; taken: number } {
  let taken = 0;
  for (let i = 0; i < times; i++) {
    const result = takeToken(bucket, LIMIT, nowMs);
    bucket = result.bucket;
    if (result.isTaken) taken += 1;
  }
  return { bucket, taken };
}

test('[G7.3] allows a burst, then the rate, and never saves up more than the burst', () => {
  const burst = take(fullBucket(LIMIT, 0), 20, 0);
  const second = take(burst.bucket, 20, 300);
  const later = take(second.bucket, 20, 3_600_000);

  expect(burst.taken).toBe(5);
  expect(second.taken).toBe(3);
  expect(later.taken).toBe(5);
});

test('[G7.3] over a long time the rate holds, whatever the pattern', () => {
  let bucket = fullBucket(LIMIT, 0);
  let taken = 0;
  for (let ms = 0; ms < 60_000; ms += 7) {
    const result = take(bucket, 2, ms);
    bucket = result.bucket;
    taken += result.taken;
  }

  expect(taken).toBeGreaterThan(590);
  expect(taken).toBeLessThanOrEqual(606);
});
