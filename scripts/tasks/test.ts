// Everything: the checks, the tests in a real browser, the short proofs of reliability/. `--long` gives the random tests more runs,
// and the proofs hours.

import { buildStep, pagesStep } from '../build.ts';
import { CHECKS } from '../checks.ts';
import { endChildrenWithUs } from '../process.ts';
import { LONG_PROOFS, proofSteps, SHORT_PROOFS } from '../proofs.ts';
import { playwrightStep, runSteps, vitestStep } from '../steps.ts';

const isLong = process.argv.includes('--long');
if (isLong) process.env['HOLDLINE_LONG'] = '1';
endChildrenWithUs();
await runSteps([
  ...CHECKS,
  vitestStep('browser'),
  pagesStep,
  playwrightStep('end to end', [buildStep.name, pagesStep.name]),
  ...proofSteps(isLong ? LONG_PROOFS : SHORT_PROOFS),
]);
