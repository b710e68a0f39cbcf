import { eventually } from '@holdline/testkit';
import { openCrowd } from '../fixtures/crowd.ts';
import { storedEntries } from '../fixtures/log-check.ts';
import { proxyOf } from '../fixtures/member.ts';
import { expect, test } from '../fixtures/test.ts';
import { passFault, passMessages, runFaultUnderLoad } from '../fixtures/traffic.ts';

test('[G2.3, G1.3, G3.2] a tab cut off for 500 messages gets each of them once, in order', async ({ world }) => {
  const { everybody, publishers, tabs } = await openCrowd(world);
  const proxy = proxyOf(tabs[0]);
  let missed = 0;

  await runFaultUnderLoad({
    world,
    members: everybody,
    publishers,
    async fault(traffic) {
      proxy.refuse();
      proxy.cut();
      const had = (await tabs[0].recording()).messages.length;
      await passMessages(traffic, 500);
      missed = (await storedEntries(world.database, tabs[0].room)).length - had;
      proxy.accept();
    },
  });

  const { gaps, messages } = await tabs[0].recording();
  expect(missed).toBeGreaterThanOrEqual(450);
  expect(gaps).toEqual([]);
  expect(messages.filter(({ replayed }) => replayed).length).toBeGreaterThan(0);
});

test('[G2.3] members go on at the other instance when theirs is killed', async ({ world }) => {
  const { everybody, publishers, tabs } = await openCrowd(world, { canMove: true });
  const moved = tabs[0].proxies[1];

  await runFaultUnderLoad({
    world,
    members: everybody,
    publishers,
    async fault() {
      expect(moved?.connections).toBe(0);
      await world.servers[0]?.kill9();
      await eventually(() => expect(moved?.connections).toBe(1), { deadlineMs: 15_000 });
    },
  });

  for (const member of everybody) expect((await member.recording()).gaps).toEqual([]);
});

test.describe('a heartbeat of two seconds', () => {
  // With the default of 15 s the same takes half a minute longer.
  test.use({ topology: { env: { HOLDLINE_HEARTBEAT_MS: '2000' } } });

  test('[G7.5, G2.3] a wire that went silent is noticed, given up and replaced', async ({ world }) => {
    const { everybody, publishers, tabs } = await openCrowd(world);
    const proxy = proxyOf(tabs[0]);

    await runFaultUnderLoad({
      world,
      members: everybody,
      publishers,
      async fault() {
        const [link] = proxy.links;
        link?.stall();
        await eventually(() => expect(proxy.accepted).toBe(2), { deadlineMs: 60_000 });
        link?.cut();
      },
    });
  });
});

test('[G4.1, G4.2, G4.7] a stream trimmed past a cursor is one gap with the right count', async ({ world }) => {
  const { everybody, publishers, tabs } = await openCrowd(world);
  const [alice, bob] = tabs;
  const proxy = proxyOf(alice);

  await passFault({
    publishers,
    async fault(traffic) {
      proxy.refuse();
      proxy.cut();
      await passMessages(traffic, 300);
      await world.database.xtrim(`hl:{${alice.room}}:log`, 'MAXLEN', '=', 50);
      proxy.accept();
    },
  });

  const head = (await storedEntries(world.database, bob.room)).at(-1)?.id;
  for (const member of everybody) {
    await eventually(async () => expect((await member.recording()).messages.at(-1)?.id).toBe(head));
  }
  const everything = (await bob.recording()).messages.map(({ id }) => id);
  const { messages, gaps } = await alice.recording();
  expect(gaps).toHaveLength(1);
  const [gap] = gaps;
  const delivered = messages.map(({ id }) => id);
  const lastBefore = everything.indexOf(delivered[gap!.after - 1]!);
  const firstAfter = everything.indexOf(delivered[gap!.after]!);
  expect(gap).toMatchObject({ reason: 'trimmed', missed: firstAfter - lastBefore - 1 });
  expect(gap!.missed).toBeGreaterThan(200);
  expect(delivered).toEqual([...everything.slice(0, lastBefore + 1), ...everything.slice(firstAfter)]);
  for (const member of everybody.slice(1)) {
    const { gaps: none, messages: list } = await member.recording();
    expect(none).toEqual([]);
    expect(list.map(({ id }) => id)).toEqual(everything);
  }
});
