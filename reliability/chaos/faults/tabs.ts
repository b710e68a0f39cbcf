// Faults of a tab in Chromium: what users, browsers and full disks do to a page.

import type { Page } from '../actors/page.ts';
import type { Device } from '../actors/tabs.ts';
import type { PlannedFault } from '../plan.ts';
import type { World } from '../world.ts';
import { cutOff, NOTHING, sleep, until, type FaultKind } from './fault.ts';

const UNKEPT = 'what had not reached the outbox';
const UNSTORED = 'nothing while the tab lives';
const EMPTY_MS = 8000;

type TabFault = (page: Page, device: Device, fault: PlannedFault) => Promise<Record<string, number> | void>;

const tab = (kind: string, durationMs: readonly [number, number], loses: string, act: TabFault): FaultKind => ({
  kind,
  lane: 'tab',
  target: 'tab',
  durationMs,
  mayLose: false,
  loses,
  async run(fault: PlannedFault, world: World) {
    const page = world.page(fault.target);
    const device = world.devices.find(({ pages }) => pages.includes(page))!;
    const measures = await act(page, device, fault);
    return { pages: device.pages, measures: measures ?? {} };
  },
});

/** A page that stores nothing may go only when it has nothing unsent. */
async function endWhenEmpty(page: Page, how: 'close' | 'reload'): Promise<void> {
  page.command({ type: 'rate', ratePerSecond: 0 });
  await until(() => page.progress?.unanswered === 0, EMPTY_MS);
  await page.end(how);
}

export const TAB_FAULTS: readonly FaultKind[] = [
  tab('tab-closed', [200, 1500], UNKEPT, async (page, _, { durationMs, choice }) => {
    const mend = await cutOff(page, choice);
    await page.end('close');
    mend();
    await sleep(durationMs);
    await page.open();
  }),
  tab('tab-reloaded', [0, 0], UNKEPT, async (page, _, { choice }) => {
    const mend = await cutOff(page, choice);
    await page.end('reload');
    mend();
    await page.open();
  }),
  tab('tab-crashed', [200, 1500], UNKEPT, async (page, _, { durationMs, choice }) => {
    const mend = await cutOff(page, choice);
    await page.end('crash');
    mend();
    await sleep(durationMs);
    await page.open();
  }),
  tab('tab-offline', [500, 4000], NOTHING, async (_, device, { durationMs }) => {
    await device.setOffline(true);
    await sleep(durationMs);
    await device.setOffline(false);
  }),
  tab('tab-storage-full', [2000, 3000], UNSTORED, async (page, device, { durationMs }) => {
    const { session } = page;
    if (session === null) return {};
    await device.fillStorage(session);
    page.command({ type: 'burst', count: 10 });
    const fromMs = performance.now();
    const isGivenUp = await until(() => page.progress?.isStoring === false, durationMs);
    const givenUpMs = performance.now() - fromMs;
    // The store was given up for the life of the page; the next one has it again.
    await endWhenEmpty(page, 'reload');
    await page.open();
    return isGivenUp ? { 'storage given up': givenUpMs } : {};
  }),
  tab('tab-storage-refused', [500, 2000], UNSTORED, async (page, device, { durationMs }) => {
    await page.end('close');
    device.isStorageRefused = true;
    await page.open();
    device.isStorageRefused = false;
    await sleep(durationMs);
    await endWhenEmpty(page, 'close');
    await page.open();
  }),
];
