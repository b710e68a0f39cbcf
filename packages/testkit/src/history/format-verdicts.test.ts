import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import { formatVerdicts } from './format-verdicts.ts';
import type { HistoryEvent, HistoryFact, StreamEntry } from './history-event.ts';

const room = 'lobby';

const entry = (n: number, messageId: string, previous: string): StreamEntry => ({
  id: `7-${n}`,
  messageId,
  previous,
  digest: messageId,
  sender: 'alice',
  isControl: false,
});

/** Alice publishes a and b; each member gets what is named, and the room is read at the end. */
function historyOf(
  deliveries: Readonly<Record<string, readonly string[]>>,
  faults: readonly HistoryFact[] = [],
): HistoryEvent[] {
  const entries = [entry(1, 'a', '0-0~'), entry(2, 'b', '7-1~a')];
  const facts: HistoryFact[] = [
    { kind: 'session-started', session: 'alice/1', producer: 'alice', user: 'alice', runtime: 'node', after: null },
    ...entries.flatMap(({ id, messageId }): HistoryFact[] => [
      { kind: 'publish-invoked', session: 'alice/1', room, producer: 'alice', messageId, digest: messageId },
      { kind: 'publish-stored', session: 'alice/1', room, messageId, id, duplicate: false },
    ]),
    ...Object.entries(deliveries).flatMap(([session, ids]): HistoryFact[] => [
      { kind: 'session-started', session, producer: session, user: session, runtime: 'node', after: null },
      { kind: 'member-joined', session, room, since: 'start' },
      { kind: 'member-placed', session, room, cursor: '0-0~' },
      { kind: 'room-state', session, room, state: 'live' },
      ...ids.map((id): HistoryFact => {
        const messageId = entries.find((one) => one.id === id)?.messageId ?? 'other';
        return { kind: 'message-delivered', session, room, id, messageId, digest: messageId, replayed: false };
      }),
    ]),
    ...faults,
    { kind: 'stream-read', room, position: '7-2~b', entries, final: true },
  ];
  return facts.map((fact, seq) => ({ ...fact, seq, atMs: seq * 10 }));
}

test('a history without a fault says what held, how often, and what it cannot show', () => {
  const text = formatVerdicts(checkHistory(historyOf({ 'bob/1': ['7-1', '7-2'] })));

  expect(text).toMatch(/^no rule is broken\n/);
  expect(text).toContain('\n  G1.1  2\n');
  expect(text).toContain('\n  G4.5  0 (never came up)\n');
  expect(text).toContain('\n  G7.6  members of a history send no bad input');
  expect(text).toContain('\n  acknowledged  2\n');
});

test('a broken rule comes first, with the events that show it, one a line', () => {
  const text = formatVerdicts(checkHistory(historyOf({ 'bob/1': ['7-2'] })));

  expect(text.split('\n').slice(0, 5)).toEqual([
    '1 rules are broken',
    'G4.1 is broken: bob/1 went from 0-0~ to 7-2~b: what lies between is missing without a gap',
    '    #7 70 ms bob/1 member-placed: room lobby, cursor 0-0~',
    '    #9 90 ms bob/1 message-delivered: room lobby, id 7-2, messageId b, digest b, replayed false',
    '    #10 100 ms stream of lobby at 7-2~b, final: 7-1~a after 0-0~, 7-2~b after 7-1~a',
  ]);
});

test('a member that saw another message at a place of the room, where nothing was ever replaced, saw another order', () => {
  const events = historyOf({ 'bob/1': ['7-1', '7-2'], 'carol/1': ['6-1', '7-2'] });

  const { violated } = checkHistory(events);

  expect(violated.map(({ rule }) => rule)).toEqual(['G1.1', 'G6.2']);
});

test('faults are timed from their end, by kind: the median and the worst', () => {
  const base = { target: 'server-1', detail: { mayLose: false } };
  const faults = [1, 2, 3].flatMap((faultId): HistoryFact[] => [
    { kind: 'fault-started', fault: 'cut', faultId, ...base },
    { kind: 'fault-ended', faultId },
    // One event, 10 ms, more for each.
    ...Array.from({ length: faultId - 1 }, (): HistoryFact => ({ kind: 'fault-ended', faultId: 99 })),
    { kind: 'fault-healed', faultId },
  ]);

  const verdicts = checkHistory(historyOf({}, faults));

  expect(verdicts.faults).toEqual([{ fault: 'cut', count: 3, notHealed: 0, medianMs: 20, worstMs: 30 }]);
  expect(formatVerdicts(verdicts)).toContain('\n  cut  3, 20, 30');
});
