/** One suite for every MessageLog: what is proved of the embedded log here is proved of Redis by the same lines. */
import { afterEach, describe } from 'vitest';
import type { CreateHarness, EngineHarness, HarnessSettings } from '../engine.contract.ts';
import { describeAppend } from './append.contract.ts';
import { describeGaps } from './gaps.contract.ts';
import { describeReading } from './reading.contract.ts';

/** Makes a harness that is closed after the test. */
export type Setup = (settings?: HarnessSettings) => Promise<EngineHarness>;

export function describeMessageLog(name: string, create: CreateHarness): void {
  describe(`${name} message log`, () => {
    const open: EngineHarness[] = [];
    afterEach(async () => {
      await Promise.all(open.splice(0).map((harness) => harness.close()));
    });
    const setup: Setup = async (settings) => {
      const harness = await create(settings);
      open.push(harness);
      return harness;
    };

    describeAppend(setup);
    describeReading(setup);
    describeGaps(setup);
  });
}
