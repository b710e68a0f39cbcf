// SDK and server in one process on virtual time, many schedules a second: `npm run simulate -- --schedules 100000 --seed 1`;
// `--seed S` alone runs one schedule and prints what happened in it. Arguments go to reliability/simulation/main.ts.

import { endChildrenWithUs, run } from '../process.ts';

endChildrenWithUs();
process.exitCode = await run('node', ['reliability/simulation/main.ts', ...process.argv.slice(2)]);
