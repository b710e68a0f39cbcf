/** What every MessageLog promises of reading where something is missing: one gap, with its reason, range and count. */
import { countOf, ZERO_CURSOR, type Cursor } from '@holdline/protocol';
import { describe, expect, test } from 'vitest';
import { lobby, message, messages, type Connected, type EngineHarness } from '../engine.contract.ts';
import { idOf } from './append.contract.ts';
import { cursorOf } from './entry.ts';
import type { Setup } from './message-log.contract.ts';
import { at } from './reading.contract.ts';

const DAY_MS = 86_400_000;

/** A room of `count` messages, and the cursor after each of them (`cursors[0]` before all). */
async function filled(
  setup: Setup,
  count: number,
  settings: Parameters<Setup>[0] = {},
): Promise<EngineHarness & Connected & { cursors: Cursor[] }> {
  const harness = await setup(settings);
  const connected = await harness.connect('a');
  const cursors = [ZERO_CURSOR];
  for (let i = 1; i <= count; i++) {
    const [outcome] = await connected.log.append(lobby, [message(`m${i}`)]);
    cursors.push(`${idOf(outcome)}~m${i}` as Cursor);
  }
  return { ...harness, ...connected, cursors };
}

const id = (cursor: Cursor | undefined): string => (cursor ?? '').split('~')[0] ?? '';

export function describeGaps(setup: Setup): void {
  describe('gaps of a history that was shortened', () => {
    test('[G4.2] trimmed: range, count, and the place where reading goes on', async () => {
      const { log, controls, cursors } = await filled(setup, 10);
      await controls.trim(lobby, 4);

      const page = await log.readAfter(lobby, at(cursors[2]!), { limit: 10 });

      expect(page.gap).toEqual({
        from: id(cursors[2]),
        to: id(cursors[6]),
        missed: 4,
        reason: 'trimmed',
        next: cursors[6],
      });
      expect(page.entries.map(cursorOf)).toEqual(cursors.slice(7));
      expect(page.hasMore).toBe(false);
    });

    test('[G4.1] a cursor whose own entry was trimmed, but nothing after it, is no gap', async () => {
      const { log, controls, cursors } = await filled(setup, 10);
      await controls.trim(lobby, 4);

      const page = await log.readAfter(lobby, at(cursors[6]!), { limit: 10 });

      expect(page.gap).toBeNull();
      expect(page.entries.map(cursorOf)).toEqual(cursors.slice(7));
    });

    test('[G4.2] trimmed to nothing: the gap reaches the position', async () => {
      const { log, controls, cursors } = await filled(setup, 5);
      await controls.trim(lobby, 0);

      const page = await log.readAfter(lobby, at(cursors[2]!), { limit: 10 });

      expect(page.gap).toMatchObject({ to: id(cursors[5]), missed: 3, reason: 'trimmed', next: cursors[5] });
      expect(page).toMatchObject({ entries: [], hasMore: false, position: cursors[5] });
      expect((await log.readAfter(lobby, at(cursors[5]!), { limit: 10 })).gap).toBeNull();
    });

    test('[G4.2] retention by count trims, and the gap counts what went', async () => {
      const retention = [{ pattern: '*', count: 50, ageMs: null }];
      const { log, cursors } = await filled(setup, 400, { retention });

      const page = await log.readAfter(lobby, at(cursors[1]!), { limit: 500 });

      expect(page.gap?.reason).toBe('trimmed');
      expect(page.entries.length).toBeGreaterThanOrEqual(50);
      // Redis trims whole nodes of the stream, so up to a hundred more may be left.
      expect(page.entries.length).toBeLessThanOrEqual(150);
      expect((page.gap?.missed ?? 0) + page.entries.length).toBe(399);
    });

    test('[G4.3] expired: what retention by age removed', async () => {
      const retention = [{ pattern: '*', count: 10_000, ageMs: DAY_MS }];
      const { log, controls, cursors } = await filled(setup, 5, { retention });
      await controls.expireStream(lobby);
      controls.shiftClock(2 * DAY_MS);

      const page = await log.readAfter(lobby, at(cursors[2]!), { limit: 10 });

      expect(page.gap).toMatchObject({ missed: 3, reason: 'expired', next: cursors[5] });
    });

    test('[G4.3] expired: entries that grew old in a room that goes on', async () => {
      const retention = [{ pattern: '*', count: 10_000, ageMs: DAY_MS }];
      const { log, controls, cursors } = await filled(setup, 150, { retention });
      controls.shiftClock(2 * DAY_MS);
      await log.append(lobby, messages(150, 'n'));

      const page = await log.readAfter(lobby, at(cursors[1]!), { limit: 500 });

      expect(page.gap?.reason).toBe('expired');
      expect((page.gap?.missed ?? 0) + page.entries.length).toBe(299);
    });

    test('[G4.6] deleted: an entry in the middle', async () => {
      const { log, controls, cursors } = await filled(setup, 5);
      await controls.removeEntry(lobby, id(cursors[3]) as never);

      const first = await log.readAfter(lobby, at(ZERO_CURSOR), { limit: 10 });
      const second = await log.readAfter(lobby, at(cursors[2]!), { limit: 10 });

      expect(first.gap).toBeNull();
      expect(first.entries.map(cursorOf)).toEqual(cursors.slice(1, 3));
      expect(first.hasMore).toBe(true);
      expect(second.gap).toEqual({
        from: id(cursors[2]),
        to: id(cursors[3]),
        missed: 1,
        reason: 'deleted',
        next: cursors[3],
      });
      expect(second.entries.map(cursorOf)).toEqual(cursors.slice(4));
    });

    test('[G4.6] deleted: the last entry, and reading goes on behind it', async () => {
      const { log, controls, cursors } = await filled(setup, 3);
      await controls.removeEntry(lobby, id(cursors[3]) as never);

      const page = await log.readAfter(lobby, at(cursors[2]!), { limit: 10 });
      const [next] = await log.append(lobby, [message('m4')]);
      const after = await log.readAfter(lobby, at(cursors[3]!), { limit: 10 });

      expect(page.gap).toMatchObject({ missed: 1, reason: 'deleted', next: cursors[3] });
      expect(after.gap).toBeNull();
      expect(after.entries.map(cursorOf)).toEqual([`${idOf(next)}~m4`]);
    });

    test('[G4.6] deleted: the only entry, and the first of many', async () => {
      const only = await filled(setup, 1);
      await only.controls.removeEntry(lobby, id(only.cursors[1]) as never);
      const many = await filled(setup, 5);
      await many.controls.removeEntry(lobby, id(many.cursors[1]) as never);
      await many.controls.removeEntry(lobby, id(many.cursors[4]) as never);

      const gapOfOnly = (await only.log.readAfter(lobby, at(ZERO_CURSOR), { limit: 10 })).gap;
      const gapOfFirst = (await many.log.readAfter(lobby, at(ZERO_CURSOR), { limit: 10 })).gap;

      expect(gapOfOnly).toMatchObject({ missed: 1, reason: 'deleted', next: only.cursors[1] });
      expect(gapOfFirst).toMatchObject({ missed: 1, reason: 'deleted', next: many.cursors[1] });
    });

    test('a deletion elsewhere does not make a trimmed history look deleted', async () => {
      const retention = [{ pattern: '*', count: 4, ageMs: null }];
      const { log, controls, cursors } = await filled(setup, 10, { retention });
      await controls.trim(lobby, 4);
      await controls.removeEntry(lobby, id(cursors[9]) as never);

      const page = await log.readAfter(lobby, at(cursors[2]!), { limit: 10 });

      expect(page.gap).toMatchObject({ reason: 'trimmed', next: cursors[6] });
    });
  });

  describe('gaps of a history that was replaced', () => {
    test('[G4.4] lost: nothing is left', async () => {
      const { log, controls, cursors } = await filled(setup, 5);
      await controls.forgetEverything();

      const page = await log.readAfter(lobby, at(cursors[3]!), { limit: 10, recent: cursors.slice(0, 3) });

      expect(page.gap).toEqual({ from: id(cursors[3]), to: null, missed: null, reason: 'lost', next: ZERO_CURSOR });
      expect(page).toMatchObject({ entries: [], hasMore: false, position: ZERO_CURSOR });
    });

    test('[G4.3] expired with an unknown count: nothing is left of a room untouched for longer than a position lives', async () => {
      const { log, controls, cursors } = await filled(setup, 2);
      await controls.forgetEverything();
      controls.shiftClock(31 * DAY_MS);

      const page = await log.readAfter(lobby, at(cursors[2]!), { limit: 10 });

      expect(page.gap).toMatchObject({ to: null, missed: null, reason: 'expired', next: ZERO_CURSOR });
    });

    test('[G4.4] lost: the room began anew', async () => {
      const { log, controls, cursors } = await filled(setup, 5);
      await controls.forgetEverything();
      await log.append(lobby, messages(3, 'n'));

      const page = await log.readAfter(lobby, at(cursors[4]!), { limit: 10 });
      const next = await log.readAfter(lobby, at(page.gap?.next ?? ''), { limit: 10 });

      expect(page.gap).toMatchObject({ from: id(cursors[4]), to: null, reason: 'lost', next: ZERO_CURSOR });
      expect(page.hasMore).toBe(true);
      expect(next.gap).toBeNull();
      expect(next.entries.map(({ messageId }) => messageId)).toEqual(['n1', 'n2', 'n3']);
    });

    test('[G4.5] rewritten: from the newest cursor that still stands', async () => {
      const { log, controls, cursors } = await filled(setup, 3);
      const snapshot = await controls.snapshot();
      const old = await log.append(lobby, messages(3, 'lost'));
      const head = `${idOf(old[2])}~lost3`;
      await controls.restore(snapshot);
      const fresh = await log.append(lobby, messages(2, 'new'));

      const recent = [`${idOf(old[1])}~lost2`, `${idOf(old[0])}~lost1`, ...cursors.toReversed()] as Cursor[];
      const page = await log.readAfter(lobby, at(head), { limit: 10, recent });
      const next = await log.readAfter(lobby, at(page.gap?.next ?? ''), { limit: 10 });

      expect(page.gap).toEqual({
        from: id(cursors[3]),
        to: idOf(old[2]),
        missed: 3,
        reason: 'rewritten',
        next: cursors[3],
      });
      expect(next.gap).toBeNull();
      expect(next.entries.map(({ id: fresh }) => fresh)).toEqual(fresh.map(idOf));
    });

    test('[G4.5] rewritten: also before anything new was appended, and when the clock was set back', async () => {
      const { log, controls, cursors } = await filled(setup, 3);
      const snapshot = await controls.snapshot();
      const old = await log.append(lobby, messages(3, 'lost'));
      await controls.restore(snapshot);
      controls.shiftClock(-60_000);
      const head = at(`${idOf(old[2])}~lost3`);

      const before = await log.readAfter(lobby, head, { limit: 10, recent: cursors.toReversed() });
      const fresh = await log.append(lobby, messages(3, 'new'));
      const after = await log.readAfter(lobby, head, { limit: 10, recent: cursors.toReversed() });

      expect(before.gap).toMatchObject({ reason: 'rewritten', next: cursors[3] });
      expect(after.gap).toMatchObject({ reason: 'rewritten', next: cursors[3] });
      // The same counts come again, and with a clock behind even the same IDs can: the message ID tells them apart.
      expect(fresh.map((outcome) => countOf(idOf(outcome)))).toEqual([4, 5, 6]);
    });

    test('[G4.5] the same ID for another message is rewritten, not continuous', async () => {
      const { log, controls, cursors } = await filled(setup, 2);
      controls.shiftClock(-60_000);
      const snapshot = await controls.snapshot();
      const [old] = await log.append(lobby, [message('lost')]);
      await controls.restore(snapshot);
      const [fresh] = await log.append(lobby, [message('new')]);
      expect(idOf(fresh)).toBe(idOf(old));

      const head = at(`${idOf(old)}~lost`);
      const atEnd = await log.readAfter(lobby, head, { limit: 10, recent: cursors.toReversed() });
      await log.append(lobby, [message('newer')]);
      const inside = await log.readAfter(lobby, head, { limit: 10, recent: cursors.toReversed() });

      for (const { gap } of [atEnd, inside]) expect(gap).toMatchObject({ reason: 'rewritten', next: cursors[2] });
    });

    test('[G4.4] rewritten without a cursor that stands is lost, from before the first kept entry', async () => {
      const { log, controls, cursors } = await filled(setup, 4);
      const snapshot = await controls.snapshot();
      const old = await log.append(lobby, messages(3, 'lost'));
      await controls.restore(snapshot);
      await log.append(lobby, messages(1, 'new'));
      await controls.trim(lobby, 3);

      const page = await log.readAfter(lobby, at(`${idOf(old[2])}~lost3`), { limit: 10 });

      expect(page.gap).toMatchObject({ reason: 'lost', to: null, missed: null, next: cursors[2] });
    });

    test('[G4.1] a well-formed cursor of the future or of another room is a gap', async () => {
      const { log, cursors } = await filled(setup, 3);
      const future = `${Number(id(cursors[3]).split('-')[0]) + 1_000_000}-99~nobody`;

      for (const cursor of [future, '999999999999999-1', '5-1~elsewhere']) {
        const { gap } = await log.readAfter(lobby, at(cursor), { limit: 10 });
        expect(gap).not.toBeNull();
        expect((await log.readAfter(lobby, at(gap?.next ?? ''), { limit: 10 })).gap).toBeNull();
      }
    });
  });
}
