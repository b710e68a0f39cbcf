import { eventually } from '@holdline/testkit';
import { openCrowd } from '../fixtures/crowd.ts';
import type { Member } from '../fixtures/member.ts';
import { expect, test } from '../fixtures/test.ts';
import { passMessages, runFaultUnderLoad } from '../fixtures/traffic.ts';

/** Nobody lost the connection or was told of a gap. */
async function expectUndisturbed(members: readonly Member[]): Promise<void> {
  for (const member of members) {
    const { connection, gaps } = await member.recording();
    expect(connection, member.name).toEqual(['connecting', 'connected']);
    expect(gaps, member.name).toEqual([]);
  }
}

test.describe('Redis that keeps everything it confirmed', () => {
  test.use({ topology: { redis: { appendonly: true, appendfsync: 'always' } } });

  test('[G2.4, G2.1] killed and started again under traffic, it has lost nothing acknowledged', async ({ world }) => {
    const { everybody, publishers } = await openCrowd(world);

    await runFaultUnderLoad({
      world,
      members: everybody,
      publishers,
      async fault(traffic) {
        await world.redis.kill9();
        await passMessages(traffic, 100);
        await world.redis.restart();
      },
    });

    await expectUndisturbed(everybody);
  });
});

test('[G5.1] an instance whose feed connection is killed misses nothing and keeps its members', async ({ world }) => {
  const { everybody, publishers } = await openCrowd(world);

  await runFaultUnderLoad({
    world,
    members: everybody,
    publishers,
    async fault(traffic) {
      // Three times, as a single kill may fall between two messages.
      for (let round = 0; round < 3; round += 1) {
        const subscribers = (await world.redis.cli('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
        const id = /\bid=(\d+)/.exec(subscribers[0] ?? '')?.[1];
        expect(id).toBeDefined();
        expect(await world.redis.cli('CLIENT', 'KILL', 'ID', id!)).toBe('1');
        await passMessages(traffic, 100);
        await eventually(async () => {
          expect((await world.redis.cli('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n').length).toBe(
            subscribers.length,
          );
        });
      }
    },
  });

  await expectUndisturbed(everybody);
});
