// Faults of the embedded engine: of its process, and through its test hooks what Redis can do to a room.

import type { ControlCall } from '../actors/embedded-messages.ts';
import type { EmbeddedServer } from '../embedded.ts';
import type { PlannedFault, TargetKind } from '../plan.ts';
import type { World } from '../world.ts';
import { NOTHING, sleep, type FaultKind } from './fault.ts';
import { whileAway } from './rooms.ts';

type EmbeddedFault = (world: World, fault: PlannedFault) => Promise<void>;

const embedded = (
  kind: string,
  target: TargetKind,
  durationMs: readonly [number, number],
  loses: string,
  act: EmbeddedFault,
): FaultKind => ({
  kind,
  lane: 'alone',
  target,
  durationMs,
  mayLose: loses !== NOTHING,
  loses,
  async run(fault, world) {
    world.isStoreBusy = true;
    await act(world, fault);
    world.isStoreBusy = false;
    await world.read({ whole: loses !== NOTHING });
    return { pages: world.pages };
  },
});

/** What is there is on record before it goes. */
const destroy = async (world: World, control: ControlCall): Promise<void> => {
  await world.streams.read(world.embedded.fetch(control));
};

/** A cause that lasts for a while. */
const during = (kind: string, durationMs: readonly [number, number], begin: ControlCall, end: ControlCall): FaultKind =>
  embedded(kind, 'store', durationMs, NOTHING, async (world, fault) => {
    await world.embedded.control(...begin);
    await sleep(fault.durationMs);
    await world.embedded.control(...end);
  });

const KEPT = 20;

export const EMBEDDED_FAULTS: readonly FaultKind[] = [
  embedded('embedded-killed', 'store', [100, 800], 'everything', async (world, { durationMs }) => {
    await world.read();
    await world.embedded.kill();
    await sleep(durationMs);
    await world.embedded.revive();
  }),
  embedded('embedded-sigstop', 'store', [300, 5000], NOTHING, async (world, { durationMs }) => {
    world.embedded.pause();
    await sleep(durationMs);
    world.embedded.resume();
  }),
  during('store-away', [300, 3000], ['goAway'], ['comeBack']),
  during('store-refuses-writes', [300, 2000], ['refuseWrites', true], ['refuseWrites', false]),
  embedded('store-rolled-back', 'store', [200, 1000], 'what came after the copy', async (world, { durationMs }) => {
    await world.embedded.control('remember');
    await sleep(durationMs);
    await destroy(world, ['goBack']);
  }),
  embedded('flushall', 'store', [0, 0], 'everything', (world) => destroy(world, ['forgetEverything'])),
  embedded('room-expired', 'room', [0, 0], 'what was removed', (world, { target }) =>
    destroy(world, ['expireStream', target]),
  ),
  embedded('position-forgotten', 'room', [0, 0], NOTHING, (world, { target }) =>
    world.embedded.control('forgetPosition', target),
  ),
  embedded('trimmed-past-cursor', 'room', [400, 1200], 'what was removed', (world, fault) =>
    whileAway(world, fault, () => destroy(world, ['trim', fault.target, KEPT])),
  ),
  embedded('entry-deleted', 'room', [400, 1200], 'what was removed', (world, fault) =>
    whileAway(world, fault, async () => {
      await world.read();
      const lastId = world.streams.lastId(fault.target);
      await sleep(200);
      await destroy(world, ['removeEntry', fault.target, lastId]);
    }),
  ),
  embedded('store-clock-set-back', 'store', [1000, 60_000], NOTHING, (world, { durationMs }) =>
    world.embedded.control('shiftClock', -durationMs),
  ),
  embedded('announcements-lost', 'room', [0, 0], NOTHING, (world, { target, choice }) =>
    world.embedded.control('dropNextAnnouncements', target, 1 + (choice % 3)),
  ),
  embedded('feed-cut', 'server', [200, 2000], NOTHING, async (world, { target, durationMs }) => {
    const { instance } = world.server(target) as EmbeddedServer;
    await world.embedded.control('cutFeed', instance);
    await sleep(durationMs);
    await world.embedded.control('healFeed', instance);
  }),
];
