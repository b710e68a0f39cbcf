// Faults of one server process, and of its wires to Redis.

import type { ProxyLink } from '@holdline/testkit';
import type { PlannedFault } from '../plan.ts';
import type { ChaosServer } from '../servers.ts';
import type { World } from '../world.ts';
import { NOTHING, sleep, until, type FaultEnd, type FaultKind } from './fault.ts';

type ServerFault = (server: ChaosServer, fault: PlannedFault, world: World) => Promise<FaultEnd>;

const server = (kind: string, durationMs: readonly [number, number], act: ServerFault): FaultKind => ({
  kind,
  lane: 'server',
  target: 'server',
  durationMs,
  mayLose: false,
  loses: NOTHING,
  run: (fault, world) => act(world.server(fault.target) as ChaosServer, fault, world),
});

/** A listening connection that was not there before. */
const newSubscriber = (target: ChaosServer, before: readonly ProxyLink[]): Promise<boolean> =>
  until(() => target.wire.subscriber.some(({ id }) => before.every((old) => old.id !== id)), 15_000);

async function sigkill(target: ChaosServer, { durationMs }: PlannedFault, world: World): Promise<FaultEnd> {
  const pages = target.attached;
  const fromMs = world.timeLine.now();
  await target.process.kill9();
  await sleep(durationMs);
  await target.startAgain();
  await until(() => pages.every(({ progress }) => progress?.connection === 'connected'), 5000);
  const returns = pages.flatMap((page) => page.returns.filter(({ atMs }) => atMs >= fromMs).slice(0, 1));
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
  return {
    pages,
    sinceMs: fromMs,
    measures: {
      'loss to welcome': median(returns.map(({ welcomeMs }) => welcomeMs)),
      'reconnect to first message': median(returns.map(({ messageMs }) => messageMs)),
      'loss to first message': median(returns.map(({ welcomeMs, messageMs }) => welcomeMs + messageMs)),
    },
  };
}

async function sigstop(target: ChaosServer, { durationMs }: PlannedFault, world: World): Promise<FaultEnd> {
  const pages = target.attached;
  const { instance } = target;
  const fromMs = world.timeLine.now();
  target.process.pause();
  const isLeft = await until(() => pages.every(({ progress }) => progress?.instance !== instance), durationMs);
  const noticedMs = world.timeLine.now() - fromMs;
  await sleep(Math.max(0, durationMs - noticedMs));
  target.process.resume();
  return { pages, measures: isLeft && pages.length > 0 ? { 'dead server noticed by all': noticedMs } : {} };
}

async function killSubscriber(target: ChaosServer, _: PlannedFault, world: World): Promise<FaultEnd> {
  const before = target.wire.subscriber;
  const clients = String(await world.redis.admin.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
  const mine = clients.find((line) => line.includes(`name=${target.instance}:subscriber`));
  const id = /\bid=(\d+)/.exec(mine ?? '')?.[1];
  if (id !== undefined) await world.redis.admin.call('CLIENT', 'KILL', 'ID', id);
  await newSubscriber(target, before);
  return { pages: target.attached };
}

async function blackHoleSubscriber(target: ChaosServer, _: PlannedFault, world: World): Promise<FaultEnd> {
  const before = target.wire.subscriber;
  const sinceMs = world.timeLine.now();
  for (const link of before) link.stall();
  await newSubscriber(target, before);
  for (const link of before) link.resume();
  return { pages: target.attached, sinceMs };
}

/** The listener does not read, and Redis closes it once its buffer is over the limit. */
async function overflowSubscriber(target: ChaosServer, { durationMs }: PlannedFault, world: World): Promise<FaultEnd> {
  const before = target.wire.subscriber;
  const { admin } = world.redis;
  const [, limits = ''] = await admin.config('GET', 'client-output-buffer-limit');
  const instances = Object.values(await admin.hgetall('holdline:instances')).map(
    (text) => JSON.parse(text) as Instance,
  );
  const boot = instances.find(({ instance }) => instance === target.instance)?.boot;
  await admin.config('SET', 'client-output-buffer-limit', 'pubsub 64kb 64kb 0');
  for (const link of before) link.stall();
  // Nobody but this instance hears its canary; what is no counter is ignored there. It fills the buffers of the kernel.
  const filler = 'x'.repeat(256 * 1024);
  for (let sent = 0; sent < 64 && boot !== undefined; sent += 1) await admin.publish(`hl:canary:${boot}`, filler);
  await sleep(durationMs);
  for (const link of before) link.resume();
  await newSubscriber(target, before);
  await admin.config('SET', 'client-output-buffer-limit', limits);
  return { pages: target.attached };
}

interface Instance {
  readonly instance: string;
  readonly boot: string;
}

async function cutCommand(target: ChaosServer): Promise<FaultEnd> {
  const pages = target.attached;
  // So that appends are under way.
  for (const page of pages) page.command({ type: 'burst', count: 30 });
  await sleep(30);
  for (const link of target.wire.command) link.cut();
  return { pages };
}

export const DRAIN: FaultKind = {
  kind: 'server-drain',
  lane: 'server',
  target: 'server',
  durationMs: [0, 500],
  mayLose: false,
  loses: NOTHING,
  async run({ target, durationMs }, world) {
    const server = world.server(target);
    const pages = server.attached;
    await server.drain(durationMs);
    return { pages };
  },
};

export const SERVER_FAULTS: readonly FaultKind[] = [
  server('server-sigkill', [200, 1200], sigkill),
  server('server-sigstop', [3500, 6000], sigstop),
  server('subscriber-killed', [0, 0], killSubscriber),
  server('subscriber-black-holed', [0, 0], blackHoleSubscriber),
  server('subscriber-overflow', [100, 300], overflowSubscriber),
  server('command-link-cut', [0, 0], cutCommand),
  server('redis-link-stalled', [500, 4000], async (target, { durationMs }) => {
    target.wire.proxy.stall();
    await sleep(durationMs);
    target.wire.proxy.resume();
    return { pages: target.attached };
  }),
  server('redis-link-slow', [800, 2500], async (target, { durationMs, choice }) => {
    target.wire.proxy.delay(10 + (choice % 90));
    await sleep(durationMs);
    target.wire.proxy.delay(0);
    return { pages: target.attached };
  }),
];
