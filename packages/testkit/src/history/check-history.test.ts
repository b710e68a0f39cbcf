import { expect, test } from 'vitest';
import { propertyRuns } from '../property-runs.ts';
import { checkHistory } from './check-history.ts';
import { formatVerdicts } from './format-verdicts.ts';
import { goodHistory } from './good-history.kit.ts';

test('no rule is broken in a history that keeps them all', () => {
  for (let seed = 1; seed <= propertyRuns(200); seed++) {
    const verdicts = checkHistory(goodHistory(seed));

    expect(verdicts.violated, `seed ${seed}\n${formatVerdicts(verdicts)}`).toEqual([]);
  }
});
