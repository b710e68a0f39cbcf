import AxeBuilder from '@axe-core/playwright';
import { openVisitor, type Visitor } from '../fixtures/demo-pair.ts';
import { expect, test } from '../fixtures/test.ts';
import type { World } from '../fixtures/world.ts';

async function openPair(world: World): Promise<[Visitor, Visitor]> {
  return Promise.all([openVisitor(world, 'Alice', 'A'), openVisitor(world, 'Bob', 'B')]);
}

test('two visitors on two instances talk, and each sees the instance it is on', async ({ world }) => {
  const [alice, bob] = await openPair(world);

  await alice.chat.send('hello from A');
  await expect(bob.chat.message('hello from A')).toBeVisible();
  await bob.chat.send('hello from B');
  await expect(alice.chat.message('hello from B')).toBeVisible();

  const ids = await Promise.all([alice.chat.instanceId(), bob.chat.instanceId()]);
  expect(new Set(ids)).toEqual(new Set(world.servers.map(({ instance }) => instance)));
  await alice.chat.expectMark('hello from A', 'stored');
});

test('text of a visitor is never HTML', async ({ world }) => {
  const [alice, bob] = await openPair(world);
  const text = '<img src=x onerror="document.title=1"><b>bold</b>';

  await alice.chat.send(text);

  await expect(bob.chat.message(text)).toBeVisible();
  await expect(bob.chat.page.locator('img, b')).toHaveCount(0);
});

test('break it: cut, with the banner and its countdown until the line is back', async ({ world }) => {
  const [alice] = await openPair(world);
  const { chat, proxies } = alice;
  await chat.openDrawer();

  proxies.forEach((proxy) => proxy.refuse());
  await chat.breakIt('cut');
  await expect(chat.banner).toHaveAttribute('data-connection', 'reconnecting');
  await expect(chat.page.getByTestId('countdown')).toBeVisible();

  proxies.forEach((proxy) => proxy.accept());
  await expect(chat.banner).toHaveAttribute('data-connection', 'connected', { timeout: 20_000 });
});

test('break it: what is written offline is marked unsent, and arrives once afterwards', async ({ world }) => {
  const [alice, bob] = await openPair(world);
  await alice.chat.openDrawer();

  await alice.chat.breakIt('offline');
  await expect(alice.chat.banner).toHaveAttribute('data-connection', 'offline');
  await alice.chat.send('written offline');
  await alice.chat.expectMark('written offline', 'unsent');

  await alice.chat.breakIt('online');
  await alice.chat.expectMark('written offline', 'stored');
  await expect(bob.chat.message('written offline')).toHaveCount(1);
});

test('a message whose answer is under way is marked as sending', async ({ world }) => {
  const [alice] = await openPair(world);
  alice.proxies[0].stall({ direction: 'down' });

  await alice.chat.send('under way');
  await alice.chat.expectMark('under way', 'sending');

  alice.proxies[0].resume();
  await alice.chat.expectMark('under way', 'stored');
});

test('break it: move to the other instance, and go on there', async ({ world }) => {
  const [alice, bob] = await openPair(world);
  const before = await alice.chat.instanceId();
  await alice.chat.openDrawer();

  await alice.chat.breakIt('move');

  await expect(alice.chat.badge).toHaveAttribute('data-instance', await bob.chat.instanceId());
  expect(await bob.chat.instanceId()).not.toBe(before);
  await bob.chat.send('are you here?');
  await expect(alice.chat.message('are you here?')).toHaveCount(1);
});

test('break it: a burst arrives whole and in order', async ({ world }) => {
  const [alice, bob] = await openPair(world);
  await alice.chat.openDrawer();

  await alice.chat.breakIt('burst');

  const burst = Array.from({ length: 20 }, (_, index) => `Burst ${index + 1} of 20`);
  await expect(bob.chat.messages).toHaveCount(20);
  expect(await bob.chat.texts()).toEqual(burst);
});

test.describe('with rooms that keep next to nothing in memory', () => {
  // Else a member who is soon back is served from there, and nothing is missing.
  test.use({ topology: { env: { HOLDLINE_LINGER_MS: '0', HOLDLINE_WINDOW_BYTES: '1024' } } });

  test('history that is gone is a row in the conversation, with the count', async ({ world }) => {
    const [alice, bob] = await openPair(world);
    await bob.chat.send('before');
    await expect(alice.chat.message('before')).toBeVisible();
    await alice.chat.openDrawer();
    await alice.chat.breakIt('offline');

    for (let index = 1; index <= 5; index += 1) await bob.chat.send(`missed ${index}`);
    await bob.chat.expectMark('missed 5', 'stored');
    await world.database.xtrim('hl:{chat:lobby}:log', 'MAXLEN', '=', 2);
    await alice.chat.breakIt('online');

    await expect(alice.chat.gaps).toHaveCount(1);
    await expect(alice.chat.gaps).toHaveAttribute('data-reason', 'trimmed');
    await expect(alice.chat.gaps).toHaveAttribute('data-missed', '3');
    await expect(alice.chat.message('missed 5')).toBeVisible();
    expect(await alice.chat.texts()).toEqual(['before', 'missed 4', 'missed 5']);
  });
});

test('by keyboard: what goes away when it is pressed hands the focus on', async ({ world }) => {
  const [alice] = await openPair(world);
  const { chat, proxies } = alice;
  const { page } = chat;
  const log = page.getByRole('log');

  // A second room, and away from it again.
  await page.getByTestId('open-room-input').fill('team/plans');
  await page.keyboard.press('Enter');
  await page.getByTestId('leave-room').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('navigation').getByRole('list')).toBeFocused();

  // A line that is down is asked for by hand, and the button goes when it is back.
  proxies.forEach((proxy) => proxy.refuse());
  await chat.openDrawer();
  await chat.breakIt('cut');
  await page.getByTestId('retry-now').focus();
  proxies.forEach((proxy) => proxy.accept());
  await expect(chat.banner).toHaveAttribute('data-connection', 'connected', { timeout: 20_000 });
  await expect(log).toBeFocused();

  // From further up to the newest.
  await chat.breakIt('burst');
  await expect(chat.messages).toHaveCount(20);
  await log.focus();
  await page.keyboard.press('Home');
  await page.getByTestId('to-newest').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('to-newest')).toHaveCount(0);
  await expect(log).toBeFocused();
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test(`no accessibility violation and no sideways scroll, ${colorScheme}, ${width} px`, async ({ world }) => {
      const viewport = { width, height: 844 };
      const { chat } = await openVisitor(world, 'Alice', 'A', { colorScheme, viewport, bypassCSP: true });
      await chat.send('hello');
      await chat.expectMark('hello', 'stored');
      await expectAccessible(chat.page);
      await chat.openDrawer();
      await expectAccessible(chat.page);
    });
  }
}

async function expectAccessible(page: ConstructorParameters<typeof AxeBuilder>[0]['page']): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overhang).toBeLessThanOrEqual(0);
}
