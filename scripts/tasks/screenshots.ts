// Pictures of the demo at 390 and 1280 px, light and dark, into docs/screenshots.

import { buildPackages, buildPages } from '../build.ts';
import { endChildrenWithUs } from '../process.ts';
import { runPlaywright } from '../steps.ts';

endChildrenWithUs();
if (!(await buildPackages()) || !(await buildPages())) process.exit(1);
const { failed, passed } = await runPlaywright({ args: ['--config', 'screenshots.config.ts'] });
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
