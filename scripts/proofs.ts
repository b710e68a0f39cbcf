// The runs of reliability/ as steps of `npm test`: short forms by default, what one leaves to a night with `--long`.

import { join } from 'node:path';
import { buildStep } from './build.ts';
import { ROOT } from './process.ts';
import { commandStep, type Step } from './steps.ts';

const proof = (name: string, task: string, args: readonly string[]): Step => ({
  ...commandStep(name, process.execPath, [join(ROOT, 'scripts', 'tasks', `${task}.ts`), ...args]),
  needs: [buildStep.name],
});

export const SHORT_PROOFS: readonly Step[] = [
  proof('simulation', 'simulate', ['--schedules', '10000']),
  proof('fuzz', 'fuzz', []),
  proof('soak', 'soak', ['--minutes', '2']),
  proof('chaos on Redis', 'chaos', ['--seed', '1', '--minutes', '0.5']),
  proof('chaos embedded', 'chaos', ['--seed', '1', '--minutes', '0.5', '--engine', 'embedded']),
  proof('rivals', 'rivals', ['--short']),
];

export const LONG_PROOFS: readonly Step[] = [
  proof('simulation', 'simulate', ['--schedules', '5000000']),
  proof('fuzz', 'fuzz', ['--frames', '100000000', '--rounds', '1000']),
  proof('soak', 'soak', ['--minutes', '30']),
  proof('chaos on Redis', 'chaos', ['--seed', '1', '--minutes', '60']),
  proof('chaos embedded', 'chaos', ['--seed', '1', '--minutes', '10', '--engine', 'embedded']),
  proof('rivals', 'rivals', []),
  proof('mutations', 'mutate', []),
  proof('bench', 'bench', ['--full']),
];
