// Deliberate faults, each of which must turn a test red: `npm run mutate -- --only name`. See reliability/README.md.

import { endChildrenWithUs, run } from '../process.ts';

endChildrenWithUs();
process.exitCode = await run(process.execPath, [
  '-C',
  '@holdline/source',
  'reliability/mutations/main.ts',
  ...process.argv.slice(2),
]);
