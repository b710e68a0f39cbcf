import { describe, expect, test } from 'vitest';
import { propertyRuns } from '../property-runs.ts';
import { createRandom } from '../seeded-random.ts';
import { checkHistory } from './check-history.ts';
import { formatCounterExample } from './format-verdicts.ts';
import { goodHistory } from './good-history.kit.ts';
import type { HistoryEvent } from './history-event.ts';
import type { PlantedFault } from './history-edits.kit.ts';
import { PLANTED_FAULTS } from './planted-faults.kit.ts';

const MAX_SEEDS = 60;
const WANTED = propertyRuns(2);
const MAX_EVENTS = 6;

const histories = new Map<number, readonly HistoryEvent[]>();

function historyOf(seed: number): readonly HistoryEvent[] {
  const events = histories.get(seed) ?? goodHistory(seed);
  histories.set(seed, events);
  return events;
}

const numbered = (events: readonly HistoryEvent[]): HistoryEvent[] => events.map((event, seq) => ({ ...event, seq }));

/** What is wrong with the checker's answer about this fault in this history; empty when nothing is, null without a place for it. */
function judge({ rule, options, plant }: PlantedFault, seed: number): string | null {
  const planted = plant(historyOf(seed), createRandom(seed));
  if (planted === null) return null;
  const { violated } = checkHistory(numbered(planted), { recordingSlackMs: 0, ...options });
  const found = violated.find((example) => example.rule === rule);
  const others = violated.map(formatCounterExample).join('\n');
  if (found === undefined) return `seed ${seed}: not found; instead:\n${others}`;
  return found.events.length > MAX_EVENTS ? `seed ${seed}: ${found.events.length} events\n${others}` : '';
}

describe('a violation that is planted in a good history is found, and blamed on its rule with a few events', () => {
  test.each(PLANTED_FAULTS.map((fault) => [fault.rule, fault.what, fault] as const))(
    '%s: %s',
    (_rule, _what, fault) => {
      const answers: string[] = [];

      for (let seed = 1; seed <= MAX_SEEDS * WANTED && answers.length < WANTED; seed++) {
        const answer = judge(fault, seed);
        if (answer !== null) answers.push(answer);
      }

      expect(answers).toEqual(Array.from({ length: WANTED }, () => ''));
    },
    120_000,
  );
});
