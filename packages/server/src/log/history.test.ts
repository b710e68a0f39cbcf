import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEmbeddedHarness, lobby } from '../engine.contract.ts';
import { damagedHistory, forgedHistory, runHistory } from './history.contract.ts';

test.each([
  ['damaged', damagedHistory],
  ['forged', forgedHistory],
])('[G4.1] %s histories: no gap is missed and no false one is told', { timeout: 1_800_000 }, async (_name, history) => {
  const property = fc.asyncProperty(history, async (steps) => {
    const harness = await createEmbeddedHarness({ retention: [{ pattern: '*', count: 12, ageMs: null }] });
    const { log } = await harness.connect('a');
    await runHistory(harness, log, lobby, steps);
  });

  await expect(
    fc.assert(property, { numRuns: Number(process.env['HOLDLINE_PROPERTY_RUNS'] ?? 400) }),
  ).resolves.toBeUndefined();
});
