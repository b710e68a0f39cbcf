// The runs of reliability/ as steps of `npm test`: short forms by default, what one leaves to a night with `--long`.

import { join } from 'node:path';
import { buildStep } from './build.ts';
import { ROOT } from './process.ts';
import { commandStep, type Step } from './steps.ts';

export interface Proof {
  readonly name: string;
  readonly command: readonly string[];
}

const proof = (name: string, task: string, args: readonly string[]): Proof => ({
  name,
  command: [process.execPath, join(ROOT, 'scripts', 'tasks', `${task}.ts`), ...args],
});

export const proofSteps = (proofs: readonly Proof[]): Step[] =>
  proofs.map(({ name, command: [program, ...args] }) => ({
    ...commandStep(name, program as string, args),
    needs: [buildStep.name],
  }));

export const SHORT_PROOFS: readonly Proof[] = [
  // As many as two cores carry in two minutes.
  proof('simulation', 'simulate', ['--schedules', '30000']),
  proof('fuzz', 'fuzz', []),
  proof('soak', 'soak', ['--minutes', '2']),
  proof('chaos on Redis', 'chaos', ['--seed', '1', '--minutes', '0.5']),
  proof('chaos embedded', 'chaos', ['--seed', '1', '--minutes', '0.5', '--engine', 'embedded']),
  proof('rivals', 'rivals', ['--short']),
  proof('bench', 'bench', ['--ci']),
];

export const LONG_PROOFS: readonly Proof[] = [
  proof('simulation', 'simulate', ['--schedules', '5000000']),
  proof('fuzz', 'fuzz', ['--frames', '100000000', '--rounds', '1000']),
  proof('soak', 'soak', ['--minutes', '30']),
  // Until a million are acknowledged and each kind of fault came ten times.
  proof(
    'chaos on Redis',
    'chaos',
    '--seed 2026 --minutes 60 --rate 1100 --tabs 4 --messages 1000000 --each 10'.split(' '),
  ),
  proof('chaos embedded', 'chaos', ['--seed', '1', '--minutes', '10', '--engine', 'embedded']),
  proof('rivals', 'rivals', []),
  proof('mutations', 'mutate', []),
  proof('bench', 'bench', ['--full']),
];
