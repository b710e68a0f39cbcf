/**
 * One schedule from its seed to its verdict: set up, do what the plan says, take all faults away, wait until everything
 * is whole, and look whether all that was promised holds.
 */
import { checkEnd, whatIsMissing } from './invariants.ts';
import type { Chance } from './globals.ts';
import type { Page } from './page.ts';
import { planOf } from './plan.ts';
import { WORLD, type VirtualTime } from './virtual-time.ts';
import { World } from './world.ts';

export interface ScheduleOptions {
  readonly keepsHistory?: boolean;
  readonly traces?: boolean;
  /** For planted faults. */
  readonly prepare?: (world: World) => void;
}

/** So much virtual time everything has to be whole again, when all faults are over. */
const PATIENCE_MS = 180_000;
const LOOK_MS = 250;

export async function runSchedule(
  seed: number,
  time: VirtualTime,
  chance: Chance,
  { keepsHistory = false, traces = false, prepare }: ScheduleOptions = {},
): Promise<World> {
  time.reset();
  const plan = planOf(seed);
  const world = new World(plan, time, { keepsHistory, traces });
  // Chance within the product: the same for the same seed, whatever ran before.
  chance.source = world.random;
  chance.ids = 0;
  // Each in a task of its own: what a task sets going belongs to one owner.
  for (const host of plan.hosts) time.set(() => world.startServer(host), 0, WORLD);
  prepare?.(world);
  plan.pages.forEach((_page, slot) => {
    time.set(
      () => {
        const page = world.openPage(slot);
        for (const room of plan.rooms) page.join(room);
      },
      slot,
      WORLD,
    );
  });
  for (const action of plan.actions) {
    time.set(
      () => {
        world.say(action.what);
        time.note(7, time.nowMs, action.what.length);
        void action.run(world);
      },
      action.atMs,
      WORLD,
    );
  }
  const last = plan.actions.at(-1)?.atMs ?? 0;
  await time.advance(Math.max(last, plan.lengthMs) + 1);
  await heal(world);
  await untilWhole(world);
  // What a storage was too slow for comes about all the same, whoever waits for it or not.
  for (const { settledAtMs } of world.browsers.values()) await time.advance(Math.max(0, settledAtMs + 1 - time.nowMs));
  await reloadBroken(world);
  await checkEnd(world);
  await world.readFinalStreams();
  end(world);
  return world;
}

async function untilWhole(world: World): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS && (await whatIsMissing(world)) !== null; waited += LOOK_MS) {
    for (const page of world.livePages) tryAgain(world, page);
    await world.time.advance(LOOK_MS);
  }
}

/**
 * What is final for a client is for its application to decide: this one tries again. A removal for want of permission may
 * have been on its way when the faults ended, and cross the last call of `join`.
 */
function tryAgain({ plan }: World, page: Page): void {
  if (page.client.state === 'failed') page.do((client) => client.connect());
  for (const room of plan.rooms) if (page.room(room).state === 'denied') page.join(room);
}

/**
 * A page that has given up its storage leaves records behind, and a write that it no longer waits for may still come
 * about; so does one tab's copy of a message that another tab has published as well. The next page settles them.
 * All pages of the user go, as those that live hold the locks of those that do not.
 */
async function reloadBroken(world: World): Promise<void> {
  const broken = new Set(world.livePages.flatMap((page) => (page.isStorageBroken ? [page.browser] : [])));
  for (const browser of world.browsers.values()) if (browser.unsettled.length > 0) broken.add(browser);
  world.hasReloaded = true;
  if (broken.size === 0) return;
  // Those that were closed go, too: what they had begun to write would still be written.
  for (const page of world.pages) if (broken.has(page.browser)) page.crash(true, true);
  for (const [slot, { user }] of world.plan.pages.entries()) {
    if (!broken.has(world.browser(user))) continue;
    const next = world.openPage(slot);
    for (const room of world.plan.rooms) next.join(room);
    await world.time.advance(10);
  }
  await untilWhole(world);
}

/** Takes every fault away, and opens a page where none is left to send what others left behind. */
async function heal(world: World): Promise<void> {
  const { controls, network, time } = world;
  world.say('all faults end');
  await controls.comeBack();
  await controls.refuseWrites(false);
  controls.loseReplies(0);
  world.access.heal();
  world.meddlings.length = 0;
  for (const { instance } of world.servers.values()) await controls.healFeed(instance);
  for (const browser of world.browsers.values()) browser.fault = 'none';
  for (const link of network.links) {
    link.letGo('both', 'stalled');
    // What was broken on its way is said again only on a new connection.
    if (link.isGarbled) link.cut('both');
  }
  for (const host of world.plan.hosts) {
    const server = world.servers.get(host);
    if (server === undefined || server.owner.isDead || server.isDraining) world.startServer(host);
    await time.advance(1);
    network.setReachability(host, 'up');
  }
  await time.advance(1);
  for (const [slot] of world.plan.pages.entries()) {
    const page = world.pageOf(slot)?.isLive === true ? world.pageOf(slot)! : world.openPage(slot);
    for (const room of world.plan.rooms) page.listen(room);
    page.hint('online');
    page.hint('resume');
    for (const room of world.plan.rooms) page.join(room);
    await time.advance(1);
  }
}

/** What is left of the schedule is not to run into the next one. */
function end(world: World): void {
  for (const { owner } of [...world.pages, ...world.strangers]) owner.isDead = true;
  for (const { owner } of world.servers.values()) owner.isDead = true;
}
