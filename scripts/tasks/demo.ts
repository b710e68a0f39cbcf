// The demo: a private Redis, two server instances and the chat page, until Ctrl-C. Leaves no process and no file behind.
// Without a Redis the embedded engine serves, with both instances in this process.

import { join } from 'node:path';
import { serveFolder } from '@holdline/testkit';
import { buildPackages, buildPages } from '../build.ts';
import { startInstances, type DemoInstances } from '../demo/instances.ts';
import { ROOT } from '../process.ts';

const PREFERRED_PORT = 5173;
const FOLDER = 'packages/demo-web';

const stopped = whenToldToStop();
console.log('demo: building what has changed');
if (!(await buildPackages()) || !(await buildPages(FOLDER))) process.exit(1);

const instances = await startInstances((text) => console.log(`demo: ${text}`));
const page = await serveFolder({
  dir: join(ROOT, FOLDER, 'dist'),
  json: { '/config.json': () => ({ instances: instances.list }) },
  ports: [Number(process.env['PORT'] ?? PREFERRED_PORT), 0],
});
console.log('demo: ready, open it in two windows; Ctrl-C stops everything');
console.log(`Demo: ${page.url}`);

const reason = await Promise.race([stopped, instances.ended]);
console.log(`demo: stopping (${reason})`);
await stopAll(instances);
process.exit(0);

async function stopAll({ stop }: DemoInstances): Promise<void> {
  await Promise.all([page.close(), stop()]);
}

/** Resolves with the reason on the first signal, or when the process that started us is gone. */
function whenToldToStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    process.on('disconnect', () => resolve('its parent ended'));
  });
}
