/** What every MessageLog promises of appending: order, counting IDs, dedupe, refusals. */
import {
  compareStreamIds,
  countOf,
  timeOf,
  ZERO_CURSOR,
  type Cursor,
  type RoomId,
  type StreamId,
} from '@holdline/protocol';
import { eventually } from '@holdline/testkit';
import { describe, expect, test } from 'vitest';
import { bob, lobby, message, messages, type EngineHarness } from '../engine.contract.ts';
import type { Setup } from './message-log.contract.ts';
import type { AppendOutcome } from './message-log.ts';

export const idOf = (outcome: AppendOutcome | undefined): StreamId => {
  if (outcome === undefined || !('id' in outcome)) throw new Error(`not stored: ${outcome?.status}`);
  return outcome.id;
};

const statuses = (outcomes: readonly AppendOutcome[]): string[] => outcomes.map(({ status }) => status);
const from = { id: '0-0' as StreamId, messageId: '' as const };

/** An entry that is none of ours, with an ID that lies ahead of the clock. */
async function addFutureEntry({ controls }: EngineHarness, aheadMs: number): Promise<void> {
  controls.shiftClock(aheadMs);
  await controls.addForeignEntry(lobby);
  controls.shiftClock(-aheadMs);
}

export function describeAppend(setup: Setup): void {
  describe('append', () => {
    test('[G1.1] IDs grow and count, and every entry names its predecessor', async () => {
      const { log } = await (await setup()).connect('a');

      const first = await log.append(lobby, messages(3));
      const second = await log.append(lobby, messages(2, 'n'));

      const ids = [...first, ...second].map(idOf);
      expect(ids.map(countOf)).toEqual([1, 2, 3, 4, 5]);
      expect(ids.toSorted(compareStreamIds)).toEqual(ids);
      const { entries } = await log.readAfter(lobby, from, { limit: 10 });
      const cursors = entries.map(({ id, messageId }) => `${id}~${messageId}` as Cursor);
      expect(entries.map(({ previous }) => previous)).toEqual([ZERO_CURSOR, ...cursors.slice(0, -1)]);
      expect(entries.map(({ id }) => id)).toEqual(ids);
    });

    test('[G1.1] several instances that append at once make one unbroken chain', async () => {
      const harness = await setup();
      const instances = await Promise.all(['a', 'b', 'c'].map((name) => harness.connect(name)));

      await Promise.all(
        Array.from({ length: 30 }, (_, i) => instances[i % 3]!.log.append(lobby, [message(`x${i}`), message(`y${i}`)])),
      );

      const { entries, gap, hasMore } = await instances[0]!.log.readAfter(lobby, from, { limit: 100 });
      expect({ gap, hasMore, count: entries.length }).toEqual({ gap: null, hasMore: false, count: 60 });
      expect(entries.map(({ id }) => countOf(id))).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    });

    test('keeps kind, event, sender and the exact text of the payload', async () => {
      const { log } = await (await setup()).connect('a');
      const data = '{ "a" : "ünï ☃ 𝒳", "b":1.0 }';

      await log.append(lobby, [
        message('one', { data, event: 'chat.text:v1', sender: 'Zoë ~ 1 x' as never }),
        message('two', { kind: 'binary', data: '"AAEC"', sender: null }),
        message('three', { kind: 'control', data: '{"fork":"0-0~","head":"1-1~x"}', sender: null }),
      ]);

      const { entries } = await log.readAfter(lobby, from, { limit: 10 });
      expect(entries.map(({ data: bytes }) => bytes.toString())).toEqual([
        data,
        '"AAEC"',
        '{"fork":"0-0~","head":"1-1~x"}',
      ]);
      expect(entries.map(({ kind, event, sender }) => [kind, event, sender])).toEqual([
        ['json', 'chat.text:v1', 'Zoë ~ 1 x'],
        ['binary', 'text', null],
        ['control', 'text', null],
      ]);
    });

    test('rooms do not touch each other', async () => {
      const { log } = await (await setup()).connect('a');
      const other = 'chat:lobby:2' as RoomId;

      await log.append(lobby, [message('one')]);
      const [outcome] = await log.append(other, [message('one')]);

      expect(outcome?.status).toBe('stored');
      expect(countOf(idOf(outcome))).toBe(1);
    });

    test('an append of nothing stores nothing', async () => {
      const { log } = await (await setup()).connect('a');

      expect(await log.append(lobby, [])).toEqual([]);
      expect(await log.positions([lobby])).toEqual([ZERO_CURSOR]);
    });
  });

  describe('dedupe', () => {
    test('[G3.1] a repeat gets the stream ID of the first copy, at any instance', async () => {
      const harness = await setup();
      const a = await harness.connect('a');
      const b = await harness.connect('b');

      const [first] = await a.log.append(lobby, [message('one')]);
      const [again] = await b.log.append(lobby, [message('one', { isRetry: true })]);

      expect(again).toEqual({ status: 'duplicate', id: idOf(first) });
      expect((await a.log.readAfter(lobby, from, { limit: 10 })).entries).toHaveLength(1);
    });

    test('[G3.1] a repeat inside one call is a repeat', async () => {
      const { log } = await (await setup()).connect('a');

      const outcomes = await log.append(lobby, [message('one'), message('two'), message('one')]);

      expect(statuses(outcomes)).toEqual(['stored', 'stored', 'duplicate']);
      expect(idOf(outcomes[2])).toBe(idOf(outcomes[0]));
    });

    test('[G3.3] the same message ID with other content is a conflict', async () => {
      const { log } = await (await setup()).connect('a');
      await log.append(lobby, [message('one')]);

      const outcomes = await log.append(lobby, [
        message('one', { data: '"other"' }),
        message('one', { event: 'other' }),
        message('one', { kind: 'binary' }),
        message('two'),
        message('two', { data: '"other"' }),
      ]);

      expect(statuses(outcomes)).toEqual(['conflict', 'conflict', 'conflict', 'stored', 'conflict']);
    });

    test('[G3.4] message IDs are scoped by user, and control entries by none', async () => {
      const { log } = await (await setup()).connect('a');

      const outcomes = await log.append(lobby, [
        message('one'),
        message('one', { sender: bob }),
        message('one', { sender: null }),
        message('one', { sender: '-' as never }),
        message('one', { sender: 'c' as never }),
        message('one', { sender: null, kind: 'control' }),
      ]);

      expect(statuses(outcomes)).toEqual(Array(6).fill('stored'));
    });

    test('[G3.5] a retry from beyond the window is neither stored nor called a repeat', async () => {
      const harness = await setup({ dedupeMs: 60_000 });
      const { log } = await harness.connect('a');
      const nowMs = harness.controls.serverTime();

      const outcomes = await log.append(lobby, [
        message('old', { isRetry: true, firstSentAt: nowMs - 60_500 }),
        message('young', { isRetry: true, firstSentAt: nowMs - 55_000 }),
        message('no-retry', { isRetry: false, firstSentAt: nowMs - 90_000 }),
        message('ageless', { isRetry: true, firstSentAt: null }),
      ]);

      expect(statuses(outcomes)).toEqual(['beyond-window', 'stored', 'stored', 'stored']);
    });

    test('[G3.6] a retry that is found is a repeat, however old it says it is', async () => {
      const harness = await setup({ dedupeMs: 60_000 });
      const { log } = await harness.connect('a');
      await log.append(lobby, [message('one')]);

      const [outcome] = await log.append(lobby, [message('one', { isRetry: true, firstSentAt: 1000 })]);

      expect(outcome?.status).toBe('duplicate');
    });

    test('[G3.1] a message ID is remembered for the whole window, through rotations', async () => {
      const dedupeMs = 60_000;
      const harness = await setup({ dedupeMs });
      const { log } = await harness.connect('a');
      const stepMs = 9000;
      const sentAt = new Map<string, number>();

      for (let step = 0; step < 30; step++) {
        const nowMs = harness.controls.serverTime();
        await log.append(lobby, [message(`s${step}`)]);
        sentAt.set(`s${step}`, nowMs);
        for (const [id, at] of sentAt) {
          const ageMs = harness.controls.serverTime() - at;
          const [outcome] = await log.append(lobby, [message(id, { isRetry: true, firstSentAt: at })]);
          // Never stored again: found while within the window, and beyond it either still found or not provable.
          expect(ageMs <= dedupeMs ? ['duplicate'] : ['duplicate', 'beyond-window']).toContain(outcome?.status);
        }
        harness.controls.shiftClock(stepMs);
      }

      const [oldest] = await log.append(lobby, [message('s0', { isRetry: true, firstSentAt: sentAt.get('s0') ?? 0 })]);
      expect(oldest?.status).toBe('beyond-window');
    });

    test('[G3.5] a room too busy for its window remembers for less, and a retry from before that is not stored', async () => {
      const harness = await setup({ dedupeMs: 3_600_000, dedupeRecords: 20 });
      const { log } = await harness.connect('a');
      const sentAt: number[] = [];

      for (let i = 0; i < 60; i++) {
        sentAt.push(harness.controls.serverTime());
        await log.append(lobby, [message(`m${i}`)]);
        harness.controls.shiftClock(60_000);
      }
      const outcomes: string[] = [];
      for (const [i, firstSentAt] of sentAt.entries()) {
        const [outcome] = await log.append(lobby, [message(`m${i}`, { isRetry: true, firstSentAt })]);
        outcomes.push(outcome?.status ?? '');
      }
      const [fresh] = await log.append(lobby, [message('fresh')]);

      expect(outcomes.filter((status) => status !== 'duplicate' && status !== 'beyond-window')).toEqual([]);
      expect(outcomes.filter((status) => status === 'duplicate').length).toBeGreaterThanOrEqual(19);
      expect(outcomes.slice(0, 15)).toEqual(Array(15).fill('beyond-window'));
      expect(countOf(idOf(fresh))).toBe(61);
    });

    test('[G2.2] a room too busy for its window stores what was sent a moment ago and never arrived', async () => {
      const harness = await setup({ dedupeMs: 3_600_000, dedupeRecords: 20 });
      const { log } = await harness.connect('a');
      const outcomes: string[] = [];

      for (let i = 0; i < 60; i++) {
        await log.append(lobby, [message(`m${i}`)]);
        harness.controls.shiftClock(1000);
        const firstSentAt = harness.controls.serverTime() - 5000;
        const [outcome] = await log.append(lobby, [message(`late${i}`, { isRetry: true, firstSentAt })]);
        outcomes.push(outcome?.status ?? '');
      }

      // Twice as many records as hashes hold: the two have changed places again and again.
      expect(outcomes).toEqual(Array(60).fill('stored'));
    });

    test('finds where a message of a user is stored', async () => {
      const { log } = await (await setup()).connect('a');
      const [outcome] = await log.append(lobby, [message('one')]);

      expect(await log.findStored(lobby, message('one'))).toBe(idOf(outcome));
      expect(await log.findStored(lobby, message('one', { data: '"other"' }))).toBe('conflict');
      expect(await log.findStored(lobby, message('one', { sender: bob }))).toBeNull();
      expect(await log.findStored(lobby, message('two'))).toBeNull();
      expect(await log.findStored('empty' as RoomId, message('one', { sender: null }))).toBeNull();
    });
  });

  describe('clock, hands and refusals', () => {
    test('[G1.1] a clock that is set back does not set IDs back', async () => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      const [before] = await log.append(lobby, [message('one')]);

      harness.controls.shiftClock(-3_600_000);
      const [after] = await log.append(lobby, [message('two')]);
      harness.controls.shiftClock(7_200_000);
      const [later] = await log.append(lobby, [message('three')]);

      expect(timeOf(idOf(after))).toBe(timeOf(idOf(before)));
      expect(timeOf(idOf(later))).toBeGreaterThan(timeOf(idOf(after)));
      expect([before, after, later].map((outcome) => countOf(idOf(outcome)))).toEqual([1, 2, 3]);
      expect((await log.readAfter(lobby, from, { limit: 10 })).entries).toHaveLength(3);
    });

    test('[G6.2] the chain goes on behind an entry that somebody added by hand', async () => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      await log.append(lobby, [message('one')]);

      harness.controls.shiftClock(-10_000);
      const foreign = await harness.controls.addForeignEntry(lobby);
      const outcomes = await log.append(lobby, [message('two'), message('three')]);

      expect(compareStreamIds(idOf(outcomes[0]), foreign as StreamId)).toBeGreaterThan(0);
      expect(outcomes.map((outcome) => countOf(idOf(outcome)))).toEqual([2, 3]);
      const page = await log.readAfter(lobby, from, { limit: 10 });
      expect(page).toMatchObject({ gap: null, hasMore: false });
      expect(page.entries.map(({ messageId }) => messageId)).toEqual(['one', 'two', 'three']);
      expect(harness.events).toContainEqual({ name: 'foreign-entries', room: lobby, count: 1 });
    });

    test('[G3.5] an entry put there by hand with an ID of the future ages neither the room nor its retries', async () => {
      const dayMs = 86_400_000;
      const harness = await setup({ retention: [{ pattern: '*', count: 10_000, ageMs: 7 * dayMs }] });
      const { log } = await harness.connect('a');
      harness.controls.shiftClock(-30 * dayMs);
      const firstSentAt = harness.controls.serverTime();
      for (let call = 0; call < 5; call++) await log.append(lobby, messages(60, `call${call}-`));

      await addFutureEntry(harness, 30 * dayMs);
      await log.append(lobby, [message('after')]);
      const [retry] = await log.append(lobby, [message('unheard', { isRetry: true, firstSentAt })]);

      expect(await log.startCursor(lobby, 'all')).toBe(ZERO_CURSOR);
      expect(retry?.status).toBe('stored');
    });

    test('[G3.1] nor does it make the room forget what it stores after that', async () => {
      const harness = await setup({ dedupeRecords: 20 });
      const { log } = await harness.connect('a');
      harness.controls.shiftClock(-86_400_000);
      await log.append(lobby, [message('one')]);

      await addFutureEntry(harness, 86_400_000);
      for (let i = 0; i < 60; i++) await log.append(lobby, [message(`m${i}`)]);
      const repeats = await log.append(lobby, [message('m59'), message('m50'), message('m42')]);

      expect(statuses(repeats)).toEqual(['duplicate', 'duplicate', 'duplicate']);
    });

    test('[G3.1] a clock that is set back does not bring back a message whose record is gone', async () => {
      const dedupeMs = 60_000;
      const harness = await setup({ dedupeMs });
      const { log } = await harness.connect('a');
      const firstSentAt = harness.controls.serverTime();
      await log.append(lobby, [message('one')]);
      for (let i = 0; i < 4; i++) {
        harness.controls.shiftClock(dedupeMs);
        await log.append(lobby, [message(`m${i}`)]);
      }

      harness.controls.shiftClock(-3.5 * dedupeMs);
      const [retry] = await log.append(lobby, [message('one', { isRetry: true, firstSentAt })]);

      expect(retry?.status).toBe('beyond-window');
    });

    test('a position that is missing is rebuilt from the last entry', async () => {
      const harness = await setup();
      const { log } = await harness.connect('a');
      const stored = await log.append(lobby, messages(3));
      await harness.controls.forgetPosition(lobby);

      expect(await log.positions([lobby])).toEqual([`${idOf(stored[2])}~m3`]);
      const [next] = await log.append(lobby, [message('four')]);

      expect(countOf(idOf(next))).toBe(4);
      const { entries, gap } = await log.readAfter(lobby, from, { limit: 10 });
      expect(gap).toBeNull();
      expect(entries.at(-1)?.previous).toBe(`${idOf(stored[2])}~m3`);
    });

    test('[G6.1] refused writes store nothing, announce nothing, and say so', async () => {
      const harness = await setup();
      const { engine, log, heard } = await harness.connect('a');
      await engine.feed.subscribe(lobby);
      await log.append(lobby, [message('one')]);

      await harness.controls.refuseWrites(true);
      const repeat = await log.append(lobby, [message('one')]);
      const refusal = log.append(lobby, [message('two')]);
      await expect(refusal).rejects.toMatchObject({ name: 'LogError', code: 'store_refused' });
      expect(await log.positions([lobby])).toEqual(heard.cursors);
      await harness.controls.refuseWrites(false);
      await log.append(lobby, [message('three')]);

      expect(statuses(repeat)).toEqual(['duplicate']);
      await eventually(() => heard.entries.length >= 2);
      expect(heard.messageIds).toEqual(['one', 'three']);
    });

    test('[G6.1] a call that reaches the end of the count is refused as a whole, before anything is stored', async () => {
      const harness = await setup();
      const { engine, log, heard } = await harness.connect('a');
      await engine.feed.subscribe(lobby);
      const end = 999_999_999_999_999;
      const ms = harness.controls.serverTime();
      const header = `1 j seed ${ms}-${end - 3}~x text +alice`;
      await harness.controls.addForeignEntry(lobby, { h: header, d: '1' }, `${ms}-${end - 2}`);
      await harness.controls.forgetPosition(lobby);
      const refusal = { name: 'LogError', code: 'store_refused' };

      await expect(log.append(lobby, messages(3))).rejects.toMatchObject(refusal);
      expect(await harness.controls.standing(lobby)).toHaveLength(1);
      const outcomes = await log.append(lobby, messages(2));
      await expect(log.append(lobby, [message('m2', { isRetry: true }), message('m3')])).rejects.toMatchObject(refusal);
      const repeats = await log.append(lobby, messages(2));

      expect(outcomes.map((outcome) => countOf(idOf(outcome)))).toEqual([end - 1, end]);
      expect(repeats).toEqual(outcomes.map((outcome) => ({ status: 'duplicate', id: idOf(outcome) })));
      expect(await harness.controls.standing(lobby)).toHaveLength(3);
      expect(await log.positions([lobby])).toEqual([`${idOf(outcomes[1])}~m2`]);
      await eventually(() => heard.entries.length === 2);
      expect(heard.messageIds).toEqual(['m1', 'm2']);
    });

    test('[G3.1] a call with more messages than one dedupe hash takes is remembered as a whole', async () => {
      const harness = await setup({ dedupeRecords: 10 });
      const { log } = await harness.connect('a');
      await log.append(lobby, messages(8, 'before'));

      const outcomes = await log.append(lobby, messages(64));
      const repeats = await log.append(lobby, messages(64));

      expect(statuses(outcomes)).toEqual(Array(64).fill('stored'));
      expect(outcomes.map((outcome) => countOf(idOf(outcome)))).toEqual(Array.from({ length: 64 }, (_, i) => i + 9));
      expect(repeats).toEqual(outcomes.map((outcome) => ({ status: 'duplicate', id: idOf(outcome) })));
    });

    test('[G6.1] everything rejects as unavailable while the store is away, and works again after it', async () => {
      const harness = await setup();
      const { engine, log } = await harness.connect('a');
      await log.append(lobby, [message('one')]);
      const unavailable = { name: 'LogError', code: 'unavailable' };

      await harness.controls.goAway();
      await eventually(() => engine.health().status === 'degraded');
      await expect(log.append(lobby, [message('two')])).rejects.toMatchObject(unavailable);
      await expect(log.readAfter(lobby, from, { limit: 10 })).rejects.toMatchObject(unavailable);
      await expect(log.startCursor(lobby, 'all')).rejects.toMatchObject(unavailable);
      await expect(log.positions([lobby])).rejects.toMatchObject(unavailable);
      await expect(log.findStored(lobby, message('one'))).rejects.toMatchObject(unavailable);
      await harness.controls.comeBack();
      await eventually(() => engine.health().status === 'ok');

      const [outcome] = await log.append(lobby, [message('two', { isRetry: true })]);
      expect(countOf(idOf(outcome))).toBe(2);
    });
  });
}
