// The same publish-and-cut run against Holdline and others: `npm run rivals -- --seed 1`, or `--short`. The arguments are those of
// reliability/rivals/main.ts.

import { join } from 'node:path';
import { buildPackages } from '../build.ts';
import { endChildrenWithUs, ROOT, run } from '../process.ts';

endChildrenWithUs();
if (!(await buildPackages())) process.exit(1);
process.exitCode = await run(process.execPath, [
  join(ROOT, 'reliability', 'rivals', 'main.ts'),
  ...process.argv.slice(2),
]);
