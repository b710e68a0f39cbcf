// Real servers, Redis, Node members and browser tabs under seeded faults; the history is judged against the streams:
// `npm run chaos -- --seed 1 --minutes 1`. The arguments are those of reliability/chaos/main.ts.

import { join } from 'node:path';
import { buildPackages, buildPages } from '../build.ts';
import { endChildrenWithUs, ROOT, run } from '../process.ts';

/** A long run is judged as a whole, with its history in memory. */
const HEAP_MB = 8192;

endChildrenWithUs();
if (!(await buildPackages()) || !(await buildPages('reliability/chaos/page'))) process.exit(1);
const main = join(ROOT, 'reliability', 'chaos', 'main.ts');
process.exitCode = await run(process.execPath, [`--max-old-space-size=${HEAP_MB}`, main, ...process.argv.slice(2)]);
