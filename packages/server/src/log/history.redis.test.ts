import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { lobby } from '../engine.contract.ts';
import { createRedisHarnesses } from '../redis-engine.contract.ts';
import { damagedHistory, forgedHistory, runHistory } from './history.contract.ts';

const harnesses = await createRedisHarnesses();
afterAll(() => harnesses.stop());

test.each([
  ['damaged', damagedHistory],
  ['forged', forgedHistory],
])(
  '[G4.1] %s histories in Redis: no gap is missed and no false one is told',
  { timeout: 60_000 },
  async (_name, history) => {
    const property = fc.asyncProperty(history, async (steps) => {
      const harness = await harnesses.create();
      const { log } = await harness.connect('a');
      await runHistory(harness, log, lobby, steps).finally(() => harness.close());
    });

    await expect(fc.assert(property, { numRuns: 40 })).resolves.toBeUndefined();
  },
);
