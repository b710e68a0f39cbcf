/** What every MessageLog promises of reading where nothing is missing. */
import {
  countOf,
  formatStreamId,
  parseCursor,
  timeOf,
  ZERO_CURSOR,
  type Cursor,
  type CursorParts,
  type RoomId,
  type StreamId,
} from '@holdline/protocol';
import { describe, expect, test } from 'vitest';
import { lobby, message, messages } from '../engine.contract.ts';
import { idOf } from './append.contract.ts';
import { cursorOf } from './entry.ts';
import type { Setup } from './message-log.contract.ts';
import type { MessageLog } from './message-log.ts';

export const at = (cursor: string): CursorParts => {
  const parts = parseCursor(cursor);
  if (parts === null) throw new Error(`not a cursor: ${cursor}`);
  return parts;
};

/** Reads page by page to the end; fails on a gap. */
async function readAll(log: MessageLog, room: RoomId, start: Cursor, limit: number): Promise<string[]> {
  const read: string[] = [];
  let cursor = start;
  for (let page = 0; page < 1000; page++) {
    const { gap, entries, hasMore } = await log.readAfter(room, at(cursor), { limit });
    expect(gap).toBeNull();
    read.push(...entries.map(({ messageId }) => messageId));
    cursor = entries.length === 0 ? cursor : cursorOf(entries.at(-1)!);
    if (!hasMore) return read;
  }
  throw new Error('no end');
}

export function describeReading(setup: Setup): void {
  describe('reading', () => {
    test('[G4.1] an empty room is continuous from the zero cursor', async () => {
      const { log } = await (await setup()).connect('a');

      const page = await log.readAfter(lobby, at(ZERO_CURSOR), { limit: 10 });

      expect(page).toEqual({ gap: null, entries: [], position: ZERO_CURSOR, hasMore: false });
    });

    test('[G4.1] nothing follows the position', async () => {
      const { log } = await (await setup()).connect('a');
      const stored = await log.append(lobby, messages(3));
      const position = `${idOf(stored[2])}~m3`;

      const page = await log.readAfter(lobby, at(position), { limit: 10 });

      expect(page).toEqual({ gap: null, entries: [], position, hasMore: false });
    });

    test.each([1, 2, 3, 7, 25, 500])('[G2.3] pages of %i give every entry once and in order', async (limit) => {
      const { log } = await (await setup()).connect('a');
      await log.append(lobby, messages(25));

      const read = await readAll(log, lobby, ZERO_CURSOR, limit);

      expect(read).toEqual(messages(25).map(({ messageId }) => messageId));
    });

    test('[G2.3] large payloads make shorter pages, and nothing is left out', async () => {
      const { log } = await (await setup()).connect('a');
      const body = 'x'.repeat(60_000);
      for (let i = 0; i < 12; i++) {
        await log.append(
          lobby,
          Array.from({ length: 10 }, (_, k) => message(`b${i}-${k}`, { data: JSON.stringify(body) })),
        );
      }

      expect(await readAll(log, lobby, ZERO_CURSOR, 500)).toHaveLength(120);
      const page = await log.readAfter(lobby, at(ZERO_CURSOR), { limit: 500 });

      expect(page.hasMore).toBe(true);
      expect(page.entries.length).toBeLessThan(60);
    });

    test('a bare stream ID is judged by ID alone', async () => {
      const { log } = await (await setup()).connect('a');
      const stored = await log.append(lobby, messages(3));

      const page = await log.readAfter(lobby, at(idOf(stored[0])), { limit: 10 });

      expect(page.gap).toBeNull();
      expect(page.entries.map(({ messageId }) => messageId)).toEqual(['m2', 'm3']);
    });

    test('starts at the oldest kept entry, or before the last k', async () => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      const cursors: Cursor[] = [ZERO_CURSOR];
      for (let i = 1; i <= 40; i++) {
        // Several entries share a millisecond, some lie far apart.
        if (i % 3 === 0) harness.controls.shiftClock(i % 2 === 0 ? 1 : 86_400_000 / 24);
        const [outcome] = await log.append(lobby, [message(`m${i}`)]);
        cursors.push(`${idOf(outcome)}~m${i}` as Cursor);
      }

      expect(await log.startCursor(lobby, 'all')).toBe(ZERO_CURSOR);
      for (let last = 0; last <= 42; last++) {
        expect(await log.startCursor(lobby, last)).toBe(cursors[Math.max(0, 40 - last)]);
      }
      await harness.controls.trim(lobby, 10);
      expect(await log.startCursor(lobby, 'all')).toBe(cursors[30]);
      expect(await log.startCursor(lobby, 25)).toBe(cursors[30]);
      expect(await log.startCursor(lobby, 4)).toBe(cursors[36]);
    });

    test('[G4.5] knows what came just before a cursor, past what is newer, as far as the stream holds it', async () => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      const stored = await log.append(lobby, messages(20));
      const cursors = stored.map((outcome, i) => `${idOf(outcome)}~m${i + 1}` as Cursor);

      // Sixteen entries are looked at, m5 the oldest of them, and that one names m4.
      expect(await log.cursorsBefore(lobby, cursors[17]!)).toEqual(cursors.slice(3, 17).toReversed());
      expect(await log.cursorsBefore(lobby, cursors[2]!)).toEqual([]);
      expect(await log.cursorsBefore(lobby, `${idOf(stored[17])}~other` as Cursor)).toEqual([]);
      await harness.controls.trim(lobby, 2);
      expect(await log.cursorsBefore(lobby, cursors[19]!)).toEqual([cursors[18], cursors[17]]);
    });

    test('the start of a room without entries is its position', async () => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      expect(await log.startCursor(lobby, 'all')).toBe(ZERO_CURSOR);
      expect(await log.startCursor(lobby, 5)).toBe(ZERO_CURSOR);
      expect(await log.cursorsBefore(lobby, ZERO_CURSOR)).toEqual([]);
      const stored = await log.append(lobby, messages(2));

      await harness.controls.expireStream(lobby);

      expect(await log.startCursor(lobby, 'all')).toBe(`${idOf(stored[1])}~m2`);
      expect(await log.startCursor(lobby, 1)).toBe(`${idOf(stored[1])}~m2`);
    });

    test('gives the positions of many rooms at once', async () => {
      const { log } = await (await setup()).connect('a');
      const rooms = Array.from({ length: 1500 }, (_, i) => `room-${i}` as RoomId);
      const [outcome] = await log.append(rooms[1234]!, [message('one')]);

      const positions = await log.positions(rooms);

      expect(positions).toHaveLength(1500);
      expect(positions[1234]).toBe(`${idOf(outcome)}~one`);
      expect(positions.filter((position) => position !== ZERO_CURSOR)).toHaveLength(1);
      expect(await log.positions([])).toEqual([]);
    });

    test('a position that is lost is found among rooms that never had one', async () => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      const rooms = ['empty-1', lobby, 'empty-2', 'kept'] as RoomId[];
      const [lost] = await log.append(lobby, [message('one')]);
      const [kept] = await log.append('kept' as RoomId, [message('two')]);

      await harness.controls.forgetPosition(lobby);

      const expected = [ZERO_CURSOR, `${idOf(lost)}~one`, ZERO_CURSOR, `${idOf(kept)}~two`];
      expect(await log.positions(rooms)).toEqual(expected);
    });

    test('[G6.2] a long run of entries by hand makes no room unreadable', async () => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      for (let i = 0; i < 300; i++) await harness.controls.addForeignEntry(lobby);
      expect(await log.positions([lobby])).toEqual([ZERO_CURSOR]);
      const [first, second] = [await log.append(lobby, [message('one')]), await log.append(lobby, [message('two')])];

      expect(await log.startCursor(lobby, 'all')).toBe(ZERO_CURSOR);
      expect(await log.startCursor(lobby, 1)).toBe(`${idOf(first[0])}~one`);
      expect(await log.positions([lobby])).toEqual([`${idOf(second[0])}~two`]);
      expect(await readAll(log, lobby, ZERO_CURSOR, 1)).toEqual(['one', 'two']);
    });

    test('[G6.2] entries that others put there are skipped, counted, and no gap', async () => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      const hands = [
        undefined,
        { h: 'nonsense', d: '"x"' },
        { h: '1 j forged 0-0~ text -', d: '"x"' },
        { h: '2 j newer 0-0~ text -', d: '"x"' },
      ];
      await harness.controls.addForeignEntry(lobby);
      for (let i = 0; i < 12; i++) {
        await log.append(lobby, [message(`m${i}`)]);
        const hand = await harness.controls.addForeignEntry(lobby, hands[i % 4]);
        const laterMs = timeOf(hand as StreamId) + 1;
        const { entries } = await log.readAfter(lobby, at(ZERO_CURSOR), { limit: 500 });
        // A copy of an entry of ours, name for name, and one that passes for the next.
        const { id, messageId, previous } = entries.at(-1)!;
        const copy = { h: `1 j ${messageId} ${previous} text +alice`, d: '"copy"' };
        const next = { h: `1 j next${i} ${id}~${messageId} text +alice`, d: '"next"' };
        await harness.controls.addForeignEntry(lobby, copy, formatStreamId(laterMs, countOf(id)));
        await harness.controls.addForeignEntry(lobby, next, formatStreamId(laterMs, countOf(id) + 1));
      }

      for (const limit of [1, 2, 5, 500]) {
        expect(await readAll(log, lobby, ZERO_CURSOR, limit)).toEqual(Array.from({ length: 12 }, (_, i) => `m${i}`));
      }
      expect(await log.startCursor(lobby, 'all')).toBe(ZERO_CURSOR);
      expect((await log.positions([lobby]))[0]).toMatch(/~m11$/);
      expect(harness.events.some(({ name }) => name === 'foreign-entries')).toBe(true);
    });
  });
}
