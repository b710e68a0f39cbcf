// Holdline and others on the same work: `npm run bench`, or `-- --full`. The arguments are those of bench/main.ts.

import { join } from 'node:path';
import { buildPackages } from '../build.ts';
import { endChildrenWithUs, ROOT, run } from '../process.ts';

endChildrenWithUs();
if (!(await buildPackages())) process.exit(1);
process.exitCode = await run(process.execPath, [join(ROOT, 'bench', 'main.ts'), ...process.argv.slice(2)]);
