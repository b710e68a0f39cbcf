/** beside Hop 4/8 – a token bucket, pure: so many requests at once, so many a second in the long run (G7.3). */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Bucket {
  readonly tokens: number;
  readonly filledAtMs: number;
}

export const fullBucket = ({ burst }: RateLimit, nowMs: number): Bucket => ({ tokens: burst, filledAtMs: nowMs });

export function takeToken(bucket: Bucket, limit: RateLimit, nowMs: number): { bucket: Bucket; isTaken: boolean } {
  const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs);
  const tokens = Math.min(limit.burst, bucket.tokens + (elapsedMs * limit.perSecond) / 1000);
  const isTaken = tokens >= 1;
  return { bucket: { tokens: isTaken ? tokens - 1 : tokens, filledAtMs: nowMs }, isTaken };
}
