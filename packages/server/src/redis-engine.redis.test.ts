import { afterAll } from 'vitest';
import { describeLiveFeed } from './feed/live-feed.contract.ts';
import { describeMessageLog } from './log/message-log.contract.ts';
import { createRedisHarnesses } from './redis-engine.contract.ts';

const harnesses = await createRedisHarnesses();
afterAll(() => harnesses.stop());

describeMessageLog('Redis', harnesses.create);
describeLiveFeed('Redis', harnesses.create);
