// The steps of `npm run check`, in the order in which a failure is cheapest to learn of.

import { join } from 'node:path';
import { buildStep } from './build.ts';
import { ROOT } from './process.ts';
import { commandStep, vitestStep, type Step } from './steps.ts';

const script = (name: string, file: string): Step => ({
  ...commandStep(name, process.execPath, [join(ROOT, 'scripts', file)]),
  needs: [buildStep.name],
});

export const CHECKS: readonly Step[] = [
  buildStep,
  commandStep('format', 'oxfmt', ['--check']),
  commandStep('lint', 'oxlint', ['--type-aware', '--deny-warnings']),
  vitestStep('unit'),
  vitestStep('redis'),
  commandStep('rules', process.execPath, [join(ROOT, 'scripts', 'check-rules.ts')]),
  script('docs', 'check-docs.ts'),
  commandStep('dead code', 'knip', []),
  script('packages', 'check-packages.ts'),
  {
    ...commandStep('size', 'size-limit', [], { cwd: join(ROOT, 'packages', 'client-sdk') }),
    needs: [buildStep.name],
  },
];
