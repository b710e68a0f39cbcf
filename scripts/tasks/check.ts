// Everything that needs no browser.

import { CHECKS } from '../checks.ts';
import { endChildrenWithUs } from '../process.ts';
import { runSteps } from '../steps.ts';

endChildrenWithUs();
await runSteps(CHECKS);
