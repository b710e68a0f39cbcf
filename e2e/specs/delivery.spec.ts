import { eventually } from '@holdline/testkit';
import { openCrowd } from '../fixtures/crowd.ts';
import { expectAcksStored, expectEqualsStream } from '../fixtures/log-check.ts';
import { expect, test } from '../fixtures/test.ts';
import { runFaultUnderLoad } from '../fixtures/traffic.ts';

test('[G1.1, G1.2, G2.1] what is published at either instance reaches both, in one order', async ({ world }) => {
  const { tabs, everybody } = await openCrowd(world);
  const [alice, bob] = tabs;

  for (let round = 0; round < 50; round += 1) {
    await Promise.all([alice.publish(`alice-${round}`), bob.publish(`bob-${round}`)]);
  }
  await eventually(async () => expect((await bob.recording()).acks).toHaveLength(50));
  await eventually(async () => expect((await alice.recording()).acks).toHaveLength(50));

  for (const member of everybody) await expectEqualsStream(world.database, member);
  await expectAcksStored(world.database, alice.room, [await alice.recording(), await bob.recording()]);
  const { messages } = await bob.recording();
  const sentByAlice = messages.filter(({ sender }) => sender === 'alice').map(({ messageId }) => messageId);
  expect(sentByAlice).toEqual(Array.from({ length: 50 }, (_, round) => `alice-${round}`));
});

test.describe('three instances', () => {
  test.use({ topology: { instances: 3 } });

  test('[G1.1] members of three instances have one list', async ({ world }) => {
    const { everybody, publishers } = await openCrowd(world);
    const erin = await world.openPage({ user: 'erin', instances: [2] });
    const frank = await world.openNode({ user: 'frank', instances: [2] });

    await runFaultUnderLoad({
      world,
      members: [...everybody, erin, frank],
      publishers: [...publishers, frank],
      fault: async () => erin.proxies[0]?.cut(),
    });
  });
});

test('[G3.2] a message handler that throws neither stops nor repeats the delivery', async ({ world }) => {
  const { everybody, publishers, tabs } = await openCrowd(world, { first: { throwEvery: 7 } });

  await runFaultUnderLoad({ world, members: everybody, publishers, fault: async () => tabs[0].proxies[0]?.cut() });

  expect((await tabs[0].recording()).gaps).toEqual([]);
});
