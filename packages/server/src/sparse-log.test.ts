import { ManualClock } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { createEngineObserver } from './engine-events.ts';
import { silentLogger, type LogFields, type Logger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { SparseLog } from './sparse-log.ts';

function keeping(): { lines: LogFields[]; logger: Logger } {
  const lines: LogFields[] = [];
  const keep = (fields: LogFields, message: string): void => void lines.push({ message, ...fields });
  return { lines, logger: { ...silentLogger, warn: keep, error: keep } };
}

test('so many lines of a kind in a while; the next one tells how many were left out', () => {
  const clock = new ManualClock();
  const { lines, logger } = keeping();
  const log = new SparseLog(logger, clock, { lines: 2, everyMs: 10_000 });

  for (let n = 1; n <= 5; n++) log.warn({ n }, 'refused');
  log.warn({}, 'refused', 'refused for another reason');
  clock.advance(9999);
  log.warn({ n: 6 }, 'refused');
  clock.advance(1);
  log.warn({ n: 7 }, 'refused');
  log.error({ n: 8 }, 'refused');

  expect(lines).toEqual([
    { message: 'refused', n: 1 },
    { message: 'refused', n: 2 },
    { message: 'refused' },
    { message: 'refused', n: 7, leftOut: 4 },
    { message: 'refused', n: 8 },
  ]);
});

test('while Redis is away one line every 10 s says so, whichever connection failed, and all are counted', () => {
  const clock = new ManualClock();
  const { lines, logger } = keeping();
  const metrics = new Metrics();
  const observe = createEngineObserver(metrics, logger, clock);

  for (let second = 0; second < 25; second++) {
    observe({ name: 'connection-error', connection: 'command', message: 'connect ECONNREFUSED' });
    observe({ name: 'connection-error', connection: 'subscriber', message: 'connect ECONNREFUSED' });
    clock.advance(1000);
  }

  const line = { message: 'connection to Redis failed', connection: 'command', reason: 'connect ECONNREFUSED' };
  expect(lines).toEqual([line, { ...line, leftOut: 19 }, { ...line, leftOut: 19 }]);
  expect(metrics.value('engine_errors')).toBe(50);
});
