// The pictures of the demo: its scenes at two widths in two colour schemes, into docs/screenshots.

import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { openVisitor, type Visitor } from '../fixtures/demo-pair.ts';
import { expect, test } from '../fixtures/test.ts';
import type { World } from '../fixtures/world.ts';

const FOLDER = fileURLToPath(new URL('../../docs/screenshots', import.meta.url));
const WIDTHS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } } as const;

// Next to nothing is kept in memory: from there Alice would be served, and there would be no gap to show.
test.use({ topology: { env: { HOLDLINE_LINGER_MS: '0', HOLDLINE_WINDOW_BYTES: '1024' } } });

for (const [device, viewport] of Object.entries(WIDTHS)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${device}, ${colorScheme}`, async ({ world }) => {
      const shoot = async (page: Page, scene: string): Promise<void> => {
        await page.screenshot({ path: `${FOLDER}/${scene}-${device}-${colorScheme}.png`, animations: 'disabled' });
      };
      const look = { colorScheme, viewport, reducedMotion: 'reduce' } as const;
      const bob = await openVisitor(world, 'Bob', 'B');
      const alice = await openVisitor(world, 'Alice', 'A', look);
      const { page } = alice.chat;

      const stranger = await (await world.device(look)).newPage();
      await stranger.goto(new URL(page.url()).origin);
      await expect(stranger.getByTestId('name-screen')).toBeVisible();
      await shoot(stranger, 'welcome');

      await talk(alice, bob);
      await shoot(page, 'chat');

      await missSome(world, alice, bob);
      await shoot(page, 'gap');

      alice.proxies.forEach((proxy) => proxy.refuse());
      alice.proxies.forEach((proxy) => proxy.cut());
      await alice.chat.send('I write on meanwhile');
      await expect(page.getByTestId('countdown')).toBeVisible();
      await alice.chat.expectMark('I write on meanwhile', 'unsent');
      await shoot(page, 'reconnecting');

      alice.proxies.forEach((proxy) => proxy.accept());
      await expect(alice.chat.banner).toHaveAttribute('data-connection', 'connected', { timeout: 30_000 });
      await alice.chat.openDrawer();
      await shoot(page, 'break-it');
    });
  }
}

async function talk(alice: Visitor, bob: Visitor): Promise<void> {
  await bob.chat.send('Morning! Is the line holding?');
  await expect(alice.chat.message('Morning! Is the line holding?')).toBeVisible();
  await alice.chat.send('So far. I pulled the cable twice and missed nothing.');
  await expect(bob.chat.messages).toHaveCount(2);
  await bob.chat.send('Then let us see what happens when the server goes.');
  await expect(alice.chat.messages).toHaveCount(3);
  await alice.chat.send('It moves to the other one.');
  await alice.chat.expectMark('It moves to the other one.', 'stored');
}

async function missSome(world: World, alice: Visitor, bob: Visitor): Promise<void> {
  alice.proxies.forEach((proxy) => proxy.refuse());
  alice.proxies.forEach((proxy) => proxy.cut());
  for (let index = 1; index <= 6; index += 1) await bob.chat.send(`Nobody keeps this one: ${index}`);
  await bob.chat.send('Did you get all that?');
  await bob.chat.expectMark('Did you get all that?', 'stored');
  await world.database.xtrim('hl:{chat:lobby}:log', 'MAXLEN', '=', 1);
  alice.proxies.forEach((proxy) => proxy.accept());
  await expect(alice.chat.gaps).toHaveCount(1, { timeout: 30_000 });
  await expect(alice.chat.message('Did you get all that?')).toBeVisible();
}
