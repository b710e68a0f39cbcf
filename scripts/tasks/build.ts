// Builds the packages and the pages.

import { buildStep, pagesStep } from '../build.ts';
import { endChildrenWithUs } from '../process.ts';
import { runSteps } from '../steps.ts';

endChildrenWithUs();
await runSteps([buildStep, pagesStep]);
