/** Faults of pages and of the browsers they run in. */
import { lasting, type FaultPlan } from './fault.ts';

const reload: FaultPlan = (random, { pages, rooms }) => {
  const slot = random.below(pages);
  const [isReload, isTold] = [random.below(2) === 0, random.below(3) > 0];
  return lasting(
    `${isReload ? 'reload' : 'crash'} of page ${slot}`,
    (world) => world.pageOf(slot)?.crash(isReload, isTold),
    (world) => {
      if (world.pageOf(slot)?.owner.isDead !== true) return;
      const page = world.openPage(slot);
      for (const room of rooms) page.join(room);
    },
  );
};

const hints =
  (begin: 'offline' | 'freeze' | 'pagehide', end: 'online' | 'resume' | 'pageshow'): FaultPlan =>
  (random, { pages }) => {
    const slot = random.below(pages);
    return lasting(
      `page ${slot}: ${begin}`,
      (world) => {
        const page = world.pageOf(slot);
        page?.hint(begin);
        if (begin === 'offline' && page !== undefined)
          for (const link of world.network.linksOf(page.owner)) link.cut('page');
      },
      (world) => world.pageOf(slot)?.hint(end),
    );
  };

const storage =
  (fault: 'slow' | 'refuses'): FaultPlan =>
  (random, { pages }) => {
    const slot = random.below(pages);
    return lasting(
      `outbox storage of page ${slot} ${fault}`,
      (world) => {
        const browser = world.pageOf(slot)?.browser;
        if (browser !== undefined) browser.fault = fault;
      },
      (world) => {
        const browser = world.pageOf(slot)?.browser;
        if (browser !== undefined) browser.fault = 'none';
      },
    );
  };

export const PAGE_FAULTS = {
  reload,
  offline: hints('offline', 'online'),
  freeze: hints('freeze', 'resume'),
  hide: hints('pagehide', 'pageshow'),
  'storage slow': storage('slow'),
  'storage refuses': storage('refuses'),
} as const satisfies Record<string, FaultPlan>;
