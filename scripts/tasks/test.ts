// Everything: the checks, then the tests in a real browser. `--long` gives the random tests more runs.

import { buildStep, pagesStep } from '../build.ts';
import { CHECKS } from '../checks.ts';
import { endChildrenWithUs } from '../process.ts';
import { playwrightStep, reliabilityStep, runSteps, vitestStep } from '../steps.ts';

if (process.argv.includes('--long')) process.env['HOLDLINE_LONG'] = '1';
endChildrenWithUs();
await runSteps([
  ...CHECKS,
  reliabilityStep('fuzz', ['--frames', '200000', '--rounds', '10']),
  reliabilityStep('soak', ['--minutes', '0.1', '--clients', '20']),
  vitestStep('browser'),
  pagesStep,
  playwrightStep('end to end', [buildStep.name, pagesStep.name]),
]);
