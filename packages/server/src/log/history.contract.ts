/**
 * Random histories of one room against the truth that the test itself keeps: appends, trimming, expiry,
 * deletions, rollbacks, losses, clock steps and foreign entries; in between a reader goes on from any
 * cursor that was ever handed out. No gap may be missed, and none told where nothing is missing (G4.1).
 */
import {
  compareStreamIds,
  parseCursor,
  ZERO_CURSOR,
  type Cursor,
  type RoomId,
  type StreamId,
} from '@holdline/protocol';
import fc from 'fast-check';
import { expect } from 'vitest';
import { message, type EngineHarness } from '../engine.contract.ts';
import { cursorOf } from './entry.ts';
import type { Gap, LogPage, MessageLog } from './message-log.ts';

export type Step =
  | { readonly do: 'append'; readonly count: number }
  | { readonly do: 'trim'; readonly keep: number }
  | { readonly do: 'delete'; readonly pick: number }
  | { readonly do: 'expire' | 'forget-position' | 'snapshot' | 'forget' | 'foreign' }
  | { readonly do: 'forge'; readonly pick: number; readonly as: 'first' | 'next' | 'copy' }
  | { readonly do: 'restore'; readonly pick: number }
  | { readonly do: 'clock'; readonly byMs: number }
  | { readonly do: 'read'; readonly pick: number; readonly limit: number };

const pick = fc.nat({ max: 1000 });
const kind = <Kind extends string>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name);
const append = fc.record({ do: kind('append'), count: fc.integer({ min: 1, max: 4 }) });
const read = fc.record({ do: kind('read'), pick, limit: fc.integer({ min: 1, max: 6 }) });
const clock = fc.record({ do: kind('clock'), byMs: fc.integer({ min: -5000, max: 5000 }) });
const snapshot = fc.record({ do: kind('snapshot') });
const restore = fc.record({ do: kind('restore'), pick });
const forge = fc.record({
  do: kind('forge'),
  pick,
  as: fc.constantFrom('first' as const, 'next' as const, 'copy' as const),
});
const many = (...arbitraries: fc.WeightedArbitrary<Step>[]): fc.Arbitrary<readonly Step[]> =>
  fc.array(fc.oneof(...arbitraries), { minLength: 5, maxLength: 60, size: 'max' });

/** Everything that can shorten or replace a history, and entries by hand that do not look like ours. */
export const damagedHistory = many(
  { weight: 8, arbitrary: append },
  { weight: 10, arbitrary: read },
  { weight: 3, arbitrary: clock },
  { weight: 2, arbitrary: snapshot },
  { weight: 2, arbitrary: restore },
  { weight: 2, arbitrary: fc.record({ do: kind('trim'), keep: fc.nat({ max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ do: kind('delete'), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('expire' as const, 'forget-position' as const, 'forget' as const) }),
  },
  { weight: 2, arbitrary: fc.record({ do: kind('foreign') }) },
);

/**
 * Entries by hand that look like ours in every part, in histories that are whole. Where the entries
 * around a forged one are gone, nothing is left that could give it away.
 */
export const forgedHistory = many(
  { weight: 8, arbitrary: append },
  { weight: 10, arbitrary: read },
  { weight: 2, arbitrary: clock },
  { weight: 2, arbitrary: snapshot },
  { weight: 2, arbitrary: restore },
  { weight: 6, arbitrary: forge },
);

const idOf = (cursor: Cursor): StreamId => cursor.slice(0, cursor.indexOf('~')) as StreamId;

interface Saved {
  readonly line: readonly Cursor[];
  readonly hasPosition: boolean;
  readonly data: unknown;
}

/** The truth about one room: every entry of the history that holds now, whether it is still kept or not. */
class Truth {
  line: Cursor[] = [ZERO_CURSOR];
  /** Every cursor that was ever handed out, with those before it in its own history. */
  readonly known: { readonly cursor: Cursor; readonly path: readonly Cursor[] }[] = [{ cursor: ZERO_CURSOR, path: [] }];
  readonly saved: Saved[] = [];
  made = 0;
  hasPosition = false;

  endAt(last: Cursor): void {
    this.line = this.line.slice(0, this.line.indexOf(last) + 1);
  }

  append(cursor: Cursor): void {
    this.known.push({ cursor, path: this.line.toReversed().slice(0, 16) });
    this.line.push(cursor);
  }
}

export async function runHistory(
  harness: EngineHarness,
  log: MessageLog,
  room: RoomId,
  steps: readonly Step[],
): Promise<void> {
  const truth = new Truth();
  for (const each of steps) {
    await perform(harness, log, room, truth, each);
    // Without a position the last kept entry is all that is known of where the room stood.
    if (!truth.hasPosition) truth.endAt(presentOf(truth, await harness.controls.standing(room)).at(-1) ?? ZERO_CURSOR);
  }
  for (const { cursor, path } of truth.known) await checkReader(harness, log, room, truth, cursor, path, 3);
}

async function perform(
  { controls }: EngineHarness,
  log: MessageLog,
  room: RoomId,
  truth: Truth,
  each: Step,
): Promise<void> {
  const present = async (): Promise<Cursor[]> => presentOf(truth, await controls.standing(room));
  switch (each.do) {
    case 'append': {
      const batch = Array.from({ length: each.count }, () => message(`m${truth.made++}`));
      const outcomes = await log.append(room, batch);
      truth.hasPosition = true;
      outcomes.forEach((outcome, i) => {
        if (outcome.status !== 'stored') throw new Error(outcome.status);
        truth.append(`${outcome.id}~${batch[i]!.messageId}` as Cursor);
      });
      return;
    }
    case 'read': {
      const { cursor, path } = truth.known[each.pick % truth.known.length]!;
      return checkReader({ controls } as EngineHarness, log, room, truth, cursor, path, each.limit);
    }
    case 'trim':
      return controls.trim(room, each.keep);
    case 'delete': {
      const kept = await present();
      const victim = kept[each.pick % Math.max(1, kept.length)];
      return victim === undefined ? undefined : controls.removeEntry(room, idOf(victim));
    }
    case 'expire':
      return controls.expireStream(room);
    case 'forget-position': {
      // Without its last entry at the very end nobody could know where the room stood.
      if ((await controls.standing(room)).at(-1)?.id !== idOf(truth.line.at(-1)!)) return;
      truth.hasPosition = false;
      return controls.forgetPosition(room);
    }
    case 'snapshot':
      truth.saved.push({ line: [...truth.line], hasPosition: truth.hasPosition, data: await controls.snapshot() });
      return;
    case 'restore': {
      const saved = truth.saved[each.pick % Math.max(1, truth.saved.length)];
      if (saved === undefined) return;
      await controls.restore(saved.data);
      truth.line = [...saved.line];
      truth.hasPosition = saved.hasPosition;
      return;
    }
    case 'forget':
      await controls.forgetEverything();
      truth.line = [ZERO_CURSOR];
      truth.hasPosition = false;
      return;
    case 'foreign':
      await controls.addForeignEntry(room, truth.made++ % 2 === 0 ? undefined : { h: 'by hand', d: '1' });
      return;
    case 'forge':
      if (truth.hasPosition) await controls.addForeignEntry(room, { h: forgedHeader(truth, each), d: '1' });
      return;
    case 'clock':
      controls.shiftClock(each.byMs);
  }
}

/** A header that stands as the first of the room, behind the newest entry, or in the place of a known one. */
function forgedHeader(truth: Truth, { pick: at, as }: Extract<Step, { do: 'forge' }>): string {
  const index = 1 + (at % (truth.line.length - 1));
  if (as === 'copy') return `1 j ${truth.line[index]!.split('~')[1]} ${truth.line[index - 1]} text +alice`;
  return `1 j forged${truth.made++} ${as === 'first' ? ZERO_CURSOR : truth.line.at(-1)!} text +alice`;
}

type Standing = Awaited<ReturnType<EngineHarness['controls']['standing']>>;

/** What of the history is still kept. An entry put there by hand can have the ID of one of ours that is gone. */
function presentOf(truth: Truth, standing: Standing): Cursor[] {
  const kept = new Set(standing.map(({ id, header }) => `${id}~${header?.split(' ')[2] ?? ''}`));
  return truth.line.filter((cursor) => kept.has(cursor));
}

/** Reads on from a cursor to the end of the room, and holds every page against the truth. */
async function checkReader(
  { controls }: Pick<EngineHarness, 'controls'>,
  log: MessageLog,
  room: RoomId,
  truth: Truth,
  start: Cursor,
  path: readonly Cursor[],
  limit: number,
): Promise<void> {
  const present = new Set(presentOf(truth, await controls.standing(room)));
  let cursor = start;
  for (let pages = 0; ; pages++) {
    if (pages > 200) throw new Error(`reading from ${start} does not end`);
    const page = await log.readAfter(room, parseCursor(cursor)!, { limit, recent: pages === 0 ? path : [] });
    cursor = checkPage(truth, present, cursor, path, page);
    if (!page.hasMore) break;
  }
  expect(cursor).toBe(truth.line.at(-1));
}

/** The cursor after the page. */
function checkPage(
  truth: Truth,
  present: ReadonlySet<Cursor>,
  cursor: Cursor,
  path: readonly Cursor[],
  page: LogPage,
): Cursor {
  const { line } = truth;
  let stand = line.indexOf(cursor);
  expect(page.position).toBe(line.at(-1));
  if (page.gap !== null) {
    const isMissing = stand < 0 || (stand + 1 < line.length && !present.has(line[stand + 1]!));
    expect(isMissing, `false alarm after ${cursor}`).toBe(true);
    const next = line.indexOf(page.gap.next);
    expect(next, `${page.gap.next} is of no history that holds`).toBeGreaterThanOrEqual(0);
    checkGap(page.gap, line, present, cursor, stand, next, path);
    stand = next;
  }
  expect(stand, `missed gap: ${cursor} is of no history that holds`).toBeGreaterThanOrEqual(0);
  for (const entry of page.entries) {
    expect(cursorOf(entry), `missed gap after ${line[stand]}`).toBe(line[stand + 1]);
    stand += 1;
  }
  return line[stand]!;
}

function checkGap(
  gap: Gap,
  line: readonly Cursor[],
  present: ReadonlySet<Cursor>,
  cursor: Cursor,
  stand: number,
  next: number,
  path: readonly Cursor[],
): void {
  if (stand >= 0) {
    expect(['trimmed', 'expired', 'deleted']).toContain(gap.reason);
    expect(next).toBeGreaterThan(stand);
    expect(gap.missed).toBe(next - stand);
    // What a gap jumps over is really not there.
    expect(line.slice(stand + 1, next + 1).filter((each) => present.has(each))).toEqual([]);
    return;
  }
  const stands = (each: Cursor): boolean => {
    const at = line.indexOf(each);
    const isNamed = at >= 0 && (at === line.length - 1 ? true : present.has(line[at + 1]!));
    return at >= 0 && (present.has(each) || isNamed);
  };
  const fork = path.filter((each) => compareStreamIds(idOf(each), idOf(cursor)) < 0).find(stands);
  if (gap.reason === 'rewritten') expect(gap.next).toBe(fork);
  if (gap.reason === 'lost') expect(line.slice(0, next + 1).filter((each) => present.has(each))).toEqual([]);
}
