/** The table of docs/ARCHITECTURE.md "Reading: one primitive", row by row. */
import { parseCursor, type Cursor, type CursorParts, type MessageId, type StreamId } from '@holdline/protocol';
import { describe, expect, test } from 'vitest';
import { forkCandidates, holeGap, meet, replacedGap, untilHole } from './continuity.ts';
import { cursorOf, type Entry } from './entry.ts';

const at = (text: string): CursorParts => parseCursor(text) as CursorParts;
const cursor = (text: string): Cursor => text as Cursor;

function entry(own: string, previous: string): Entry {
  const [id = '', messageId = ''] = own.split('~');
  const names = { id: id as StreamId, messageId: messageId as MessageId, previous: cursor(previous) };
  return { ...names, kind: 'json', event: 'text', sender: null, data: Buffer.from('1') };
}

describe('[G4.1] meet', () => {
  test.each([
    ['the next entry names the cursor', '5-1~a', entry('6-2~b', '5-1~a'), '6-2~b', 'continuous'],
    ['nothing follows and the position is the cursor', '5-1~a', null, '5-1~a', 'continuous'],
    ['the beginning of an empty room', '0-0~', null, null, 'continuous'],
    ['the beginning of a whole room', '0-0~', entry('5-1~a', '0-0~'), '5-1~a', 'continuous'],
    ['a bare ID that is named', '5-1', entry('6-2~b', '5-1~a'), '6-2~b', 'continuous'],
    ['a bare ID that is the position', '5-1', null, '5-1~a', 'continuous'],
    ['nothing is left', '5-1~a', null, null, 'nothing'],
    ['the next entry names a later one', '5-1~a', entry('7-3~c', '6-2~b'), '7-3~c', 'hole'],
    ['the position is a later one', '5-1~a', null, '7-3~c', 'hole'],
    ['the beginning, and the first entry is not the first', '0-0~', entry('7-3~c', '6-2~b'), '7-3~c', 'hole'],
    ['a bare ID with a hole', '5-1', null, '7-3~c', 'hole'],
    ['the next entry names another message at the same ID', '5-1~a', entry('6-2~b', '5-1~x'), '6-2~b', 'replaced'],
    ['the position is another message at the same ID', '5-1~a', null, '5-1~x', 'replaced'],
    ['the next entry names an earlier one', '5-4~a', entry('6-2~b', '4-1~x'), '6-2~b', 'replaced'],
    ['the position is an earlier one', '5-4~a', null, '4-1~x', 'replaced'],
    ['the room began anew', '5-4~a', entry('6-1~b', '0-0~'), '6-1~b', 'replaced'],
    ['a later ID that counts no further', '5-4~a', entry('9-4~c', '8-3~b'), '9-4~c', 'replaced'],
  ] as const)('%s', (_what, from, next, position, kind) => {
    expect(meet(at(from), next, position === null ? null : cursor(position)).kind).toBe(kind);
  });
});

describe('holeGap', () => {
  const facts = {
    position: cursor('90000-40~z'),
    isStartKept: false,
    highestDeleted: '0-0',
    retention: { count: 10, ageMs: 50_000 },
    nowMs: 100_000,
  };
  const gap = (changes: Partial<typeof facts>, until = '80000-20~u') =>
    holeGap(at('60000-5~a'), cursor(until), { ...facts, ...changes });

  test('[G4.2] trimmed, with range, count and the place where reading goes on', () => {
    expect(gap({})).toEqual({ from: '60000-5', to: '80000-20', missed: 15, reason: 'trimmed', next: '80000-20~u' });
  });

  test('[G4.3] expired when the end of the hole is older than the retention age', () => {
    expect(gap({ nowMs: 130_001 }).reason).toBe('expired');
    expect(gap({ nowMs: 130_000 }).reason).toBe('trimmed');
    expect(gap({ nowMs: 10 ** 9, retention: { count: 10, ageMs: null as never } }).reason).toBe('trimmed');
  });

  test('[G4.6] deleted when trimming cannot have reached the hole', () => {
    expect(gap({ isStartKept: true, nowMs: 10 ** 9 }).reason).toBe('deleted');
    expect(gap({ highestDeleted: '80000-20' }).reason).toBe('deleted');
    expect(gap({ highestDeleted: '85000-30' }).reason).toBe('trimmed');
    expect(gap({ highestDeleted: '85000-30', retention: { count: 100, ageMs: 50_000 } }).reason).toBe('deleted');
    expect(gap({ highestDeleted: null as never, retention: { count: 100, ageMs: 50_000 } }).reason).toBe('trimmed');
  });
});

describe('replacedGap', () => {
  const facts = { start: cursor('3-1~s'), nowMs: 1000, positionLifetimeMs: 500 };

  test('[G4.5] goes on after the fork, and counts what no longer holds', () => {
    expect(replacedGap(at('900-9~x'), { ...facts, fork: cursor('5-4~f') })).toEqual({
      from: '5-4',
      to: '900-9',
      missed: 5,
      reason: 'rewritten',
      next: '5-4~f',
    });
  });

  test('[G4.4] is lost without a fork, or expired where the cursor is older than a position lives', () => {
    const lost = { from: '900-9', to: null, missed: null, reason: 'lost', next: '3-1~s' };
    expect(replacedGap(at('900-9~x'), { ...facts, fork: null })).toEqual(lost);
    expect(replacedGap(at('400-9~x'), { ...facts, fork: null }).reason).toBe('expired');
  });
});

test('[G4.5] a fork is older than the cursor and no newer than what the stream names there', () => {
  const recent = ['9-9~i', '7-7~g', '5-5~e', '3-3~c'].map(cursor);

  expect(forkCandidates(at('8-8~h'), cursor('5-5~x'), recent)).toEqual(['5-5~e', '3-3~c']);
  expect(forkCandidates(at('8-8~h'), cursor('8-8~x'), recent)).toEqual(['7-7~g', '5-5~e', '3-3~c']);
});

test('[G4.4] the beginning of a room is no fork: nothing known is left', () => {
  expect(forkCandidates(at('8-8~h'), cursor('9-1~x'), ['0-0~'].map(cursor))).toEqual([]);
});

test('a page ends before a hole between neighbours', () => {
  const entries = [entry('1-1~a', '0-0~'), entry('2-2~b', '1-1~a'), entry('4-4~d', '3-3~c')];

  expect(untilHole(entries).map(cursorOf)).toEqual(['1-1~a', '2-2~b']);
  expect(untilHole(entries.slice(0, 2))).toHaveLength(2);
  expect(untilHole([])).toEqual([]);
});
