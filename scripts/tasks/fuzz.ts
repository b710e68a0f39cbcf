// Hostile input for decoders, servers and clients: `npm run fuzz -- --seed 1 --frames 100000000`. See reliability/README.md.

import { endChildrenWithUs, run } from '../process.ts';

endChildrenWithUs();
process.exitCode = await run(process.execPath, [
  '-C',
  '@holdline/source',
  'reliability/fuzz/main.ts',
  ...process.argv.slice(2),
]);
