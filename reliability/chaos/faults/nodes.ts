// Faults of Node pages and of the browser process around them.

import { cutOff, NOTHING, sleep, type FaultKind } from './fault.ts';

const common = { lane: 'node', mayLose: false } as const;
const UNKEPT = 'what had not reached the outbox';

export const NODE_FAULTS: readonly FaultKind[] = [
  {
    ...common,
    kind: 'node-page-crashed',
    target: 'node-page',
    durationMs: [0, 1500],
    loses: UNKEPT,
    async run({ target, durationMs, choice }, world) {
      const page = world.page(target);
      const mend = await cutOff(page, choice);
      await page.end('crash');
      mend();
      await sleep(durationMs);
      await page.open();
      return { pages: [page] };
    },
  },
  {
    ...common,
    kind: 'node-page-reloaded',
    target: 'node-page',
    durationMs: [0, 300],
    loses: NOTHING,
    async run({ target, durationMs, choice }, world) {
      const page = world.page(target);
      const mend = await cutOff(page, choice);
      await page.end('reload');
      mend();
      await sleep(durationMs);
      await page.open();
      return { pages: [page] };
    },
  },
  {
    ...common,
    kind: 'node-browser-killed',
    target: 'node-browser',
    durationMs: [0, 1500],
    loses: UNKEPT,
    async run({ target, durationMs, choice }, world) {
      const browser = world.browsers.find(({ name }) => name === target)!;
      const mends = await Promise.all(browser.pages.map((page) => cutOff(page, choice)));
      await browser.kill();
      for (const mend of mends) mend();
      await sleep(durationMs);
      await browser.start();
      await Promise.all(browser.pages.map((page) => page.open()));
      return { pages: browser.pages };
    },
  },
  {
    ...common,
    kind: 'burst',
    target: 'page',
    durationMs: [300, 800],
    loses: NOTHING,
    async run({ target, durationMs }, world) {
      const page = world.page(target);
      page.command({ type: 'burst', count: 400 });
      await sleep(durationMs);
      return { pages: [page] };
    },
  },
];
