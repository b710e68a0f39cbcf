// Flapping clients, and what is left of them: `npm run soak -- --minutes 30`. See reliability/README.md.

import { endChildrenWithUs, run } from '../process.ts';

endChildrenWithUs();
process.exitCode = await run(process.execPath, [
  '-C',
  '@holdline/source',
  'reliability/soak/main.ts',
  ...process.argv.slice(2),
]);
