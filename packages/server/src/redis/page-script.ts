/** Hop 5/8: the typed call of `lua/page.lua`. What it answers is taken apart by `log/page-text.ts`. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RoomKeys } from './keys.ts';
import { readScript } from './script-source.ts';

const SOURCE = readScript('page.lua');
const DIGEST = createHash('sha1').update(SOURCE).digest('hex');

const UNKNOWN_DIGEST = /^NOSCRIPT/;
/** This user of Redis may not run scripts; reading needs none. */
const NOT_ALLOWED = /^NOPERM/;

/**
 * A number where the page has to be read without the script because its entries are large: so many of them. Null where that is
 * because some are none of ours, or scripts are not allowed. Rejects as the client does.
 */
export async function callPageScript(
  redis: Redis,
  { stream, position }: RoomKeys,
  afterId: string,
  count: number,
): Promise<Buffer | number | null> {
  const values = [stream, position, `(${afterId}`, String(count)] as const;
  try {
    const reply: unknown = await redis.callBuffer('EVALSHA', DIGEST, 2, ...values).catch((error: unknown) => {
      if (!isOfKind(error, UNKNOWN_DIGEST)) throw error;
      return redis.callBuffer('EVAL', SOURCE, 2, ...values);
    });
    return Buffer.isBuffer(reply) || typeof reply === 'number' ? reply : null;
  } catch (error) {
    if (isOfKind(error, NOT_ALLOWED)) return null;
    throw error;
  }
}

const isOfKind = (error: unknown, kind: RegExp): boolean => error instanceof Error && kind.test(error.message);
