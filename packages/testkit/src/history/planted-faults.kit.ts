// Violations, each planted in a good history: a function that takes the events and returns them with one thing wrong,
// or null where the history has no place for it. The checker must find it and blame the rule that is named here.

import type { PlantedFault } from './history-edits.kit.ts';
import { PLANTED_IN_DELIVERIES } from './planted-deliveries.kit.ts';
import { PLANTED_IN_GAPS } from './planted-gaps.kit.ts';
import { PLANTED_IN_PUBLISHES } from './planted-publishes.kit.ts';

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  ...PLANTED_IN_PUBLISHES,
  ...PLANTED_IN_DELIVERIES,
  ...PLANTED_IN_GAPS,
];
