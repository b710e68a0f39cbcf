import { expect, test } from 'vitest';
import { propertyRuns } from '../property-runs.ts';
import { checkHistory } from './check-history.ts';
import { formatVerdicts } from './format-verdicts.ts';
import { goodHistory } from './good-history.kit.ts';

test('no rule is broken in a history that keeps them all', () => {
  const runs = propertyRuns(12);

  for (let seed = 1; seed <= runs; seed++) {
    const verdicts = checkHistory(goodHistory(seed), { recordingSlackMs: 0 });

    const report = verdicts.violated.length === 0 ? '' : `seed ${seed}\n${formatVerdicts(verdicts)}`;
    expect(report).toBe('');
  }
}, 120_000);
