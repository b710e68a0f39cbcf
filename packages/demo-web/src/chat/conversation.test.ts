import { describe, expect, test } from 'vitest';
import {
  emptyConversation,
  MAX_ROWS,
  reduceConversation,
  rowsOf,
  type Conversation,
  type ConversationEvent,
  type MessageRow,
} from './conversation.ts';
import type { Delivered, Hole, OutboxChange } from './events.ts';

const T = 1_700_000_000_000;

const message = (n: number, body: string, over: Partial<Delivered> = {}): ConversationEvent => ({
  type: 'message',
  message: {
    id: `${T + n}-${n}` as Delivered['id'],
    n,
    messageId: `m${n}`,
    sender: 'bob',
    event: 'text',
    data: { body },
    at: T + n,
    ...over,
  },
});

const outbox = (
  change: OutboxChange,
  messageId: string,
  order: readonly string[],
  extra: { id?: string; code?: string } = {},
): ConversationEvent => ({
  type: 'outbox',
  change,
  item: { messageId, event: 'text', data: { body: `text of ${messageId}` }, ...extra },
  at: T + 500,
  order,
});

const gap = (reason: Hole['reason'], from: number, to: number, next = to): ConversationEvent => ({
  type: 'gap',
  gap: {
    reason,
    from: `${T + from}-${from}` as Hole['from'],
    to: `${T + to}-${to}` as Hole['to'],
    missed: to - from,
    next: `${T + next}-${next}~m${next}` as Hole['next'],
  },
});

const after = (...events: ConversationEvent[]): Conversation =>
  events.reduce(reduceConversation, emptyConversation('alice'));

const shown = (state: Conversation): string[] =>
  rowsOf(state).map((row) =>
    row.kind === 'gap' ? `gap ${row.reason} ${row.missed}` : `${row.messageId} ${row.state}`,
  );

describe('an own message', () => {
  test('goes from unsent through sending to stored, on one row with one key', () => {
    const queued = after(outbox('queued', 'a', ['a']));
    const sent = reduceConversation(queued, outbox('sent', 'a', ['a']));
    const stored = reduceConversation(sent, message(1, 'text of a', { messageId: 'a', sender: 'alice' }));

    expect(shown(queued)).toEqual(['a unsent']);
    expect(shown(sent)).toEqual(['a sending']);
    expect(shown(stored)).toEqual(['a stored']);
    expect(rowsOf(stored)[0]?.key).toBe(rowsOf(queued)[0]?.key);
  });

  test('is there once when the acknowledgement comes before the message', () => {
    const state = after(
      outbox('sent', 'a', ['a']),
      outbox('stored', 'a', [], { id: `${T + 1}-1` }),
      message(1, 'text of a', { messageId: 'a', sender: 'alice' }),
    );

    expect(shown(state)).toEqual(['a stored']);
  });

  test('is there once when the message comes before the acknowledgement', () => {
    const state = after(
      outbox('sent', 'a', ['a']),
      message(1, 'text of a', { messageId: 'a', sender: 'alice' }),
      outbox('stored', 'a', [], { id: `${T + 1}-1` }),
    );

    expect(shown(state)).toEqual(['a stored']);
    expect(state.pending).toEqual([]);
  });

  test('that a reload found in the outbox appears again, and is replaced when its earlier send turns out to be stored', () => {
    const restored = after(outbox('queued', 'a', ['a', 'b']), outbox('sent', 'b', ['a', 'b']));
    const state = reduceConversation(restored, message(7, 'text of a', { messageId: 'a', sender: 'alice' }));

    expect(shown(restored)).toEqual(['a unsent', 'b sending']);
    expect(shown(state)).toEqual(['a stored', 'b sending']);
  });

  test('that history has shown already does not come back when its retry is queued', () => {
    const state = after(
      message(7, 'text of a', { messageId: 'a', sender: 'alice' }),
      outbox('queued', 'a', ['a']),
      outbox('sent', 'a', ['a']),
      outbox('stored', 'a', [], { id: `${T + 7}-7` }),
    );

    expect(shown(state)).toEqual(['a stored']);
  });

  test('is not taken for a message of someone else with the same message ID', () => {
    const state = after(outbox('sent', 'a', ['a']), message(1, 'mine', { messageId: 'a', sender: 'mallory' }));

    expect(shown(state)).toEqual(['a stored', 'a sending']);
    expect(new Set(rowsOf(state).map((row) => row.key)).size).toBe(2);
  });

  test('keeps the time of writing until the stream gives it another', () => {
    const sent = after(outbox('queued', 'a', ['a']), {
      ...outbox('sent', 'a', ['a']),
      at: T + 9_000,
    } as ConversationEvent);

    expect((rowsOf(sent)[0] as MessageRow).at).toBe(T + 500);
  });
});

describe('the outbox', () => {
  test('gives its order to the rows: what a closed tab left goes before', () => {
    const state = after(outbox('queued', 'mine', ['mine']), outbox('queued', 'adopted', ['adopted', 'mine']));

    expect(shown(state)).toEqual(['adopted unsent', 'mine unsent']);
  });

  test('stands below what the stream delivers', () => {
    const state = after(outbox('queued', 'a', ['a']), message(1, 'hello'));

    expect(shown(state)).toEqual(['m1 stored', 'a unsent']);
  });

  test('leaves a refused message where it was, with its code, until it is dismissed', () => {
    const refused = after(
      outbox('queued', 'a', ['a', 'b']),
      outbox('queued', 'b', ['a', 'b']),
      outbox('rejected', 'a', ['b'], { code: 'message_too_large' }),
    );

    expect(shown(refused)).toEqual(['a rejected', 'b unsent']);
    expect((rowsOf(refused)[0] as MessageRow).code).toBe('message_too_large');
    expect(shown(reduceConversation(refused, { type: 'dismissed', messageId: 'a' }))).toEqual(['b unsent']);
  });

  test('shows a message that it did not take, unless its own events show it already', () => {
    const refused: ConversationEvent = { type: 'refused', messageId: 'a', body: 'x', code: 'outbox_full', at: T };

    expect(shown(after(refused))).toEqual(['a rejected']);
    expect(shown(after(outbox('unknown', 'a', [], { code: 'beyond_window' }), refused))).toEqual(['a unknown']);
  });

  test('shows what cannot be told as unknown, and as stored once it arrives after all', () => {
    const unknown = after(outbox('sent', 'a', ['a']), outbox('unknown', 'a', [], { code: 'beyond_window' }));

    expect(shown(unknown)).toEqual(['a unknown']);
    expect(shown(reduceConversation(unknown, message(3, 'x', { messageId: 'a', sender: 'alice' })))).toEqual([
      'a stored',
    ]);
  });

  test('takes its rows away when it is cleared', () => {
    const state = after(outbox('queued', 'a', ['a']), outbox('rejected', 'a', [], { code: 'cleared' }));

    expect(rowsOf(state)).toEqual([]);
  });
});

describe('the stream', () => {
  test('shows a message once when a room is entered again', () => {
    const state = after(message(1, 'one'), message(2, 'two'), message(1, 'one'), message(2, 'two'));

    expect(shown(state)).toEqual(['m1 stored', 'm2 stored']);
    expect(state.received).toBe(2);
  });

  test('adds up: first to last is what was received and what was told as missing', () => {
    const state = after(message(3, 'a'), message(4, 'b'), gap('trimmed', 4, 10), message(11, 'c'));

    expect(state).toMatchObject({ firstN: 3, lastN: 11, received: 3, told: 6, gaps: 1 });
  });

  test('keeps the newest rows and counts those it put aside', () => {
    const state = after(...Array.from({ length: MAX_ROWS + 5 }, (_, index) => message(index + 1, 'x')));

    expect(state.delivered).toHaveLength(MAX_ROWS);
    expect(state.putAside).toBe(5);
    expect(state.delivered[0]).toMatchObject({ n: 6 });
  });
});

describe('a gap', () => {
  test('is a row between what was before and what comes after', () => {
    const state = after(message(1, 'before'), gap('trimmed', 1, 4), message(5, 'after'));

    expect(shown(state)).toEqual(['m1 stored', 'gap trimmed 3', 'm5 stored']);
  });

  test('leaves an acknowledged message of one’s own that it swallowed where it stood', () => {
    const state = after(
      message(1, 'before'),
      outbox('stored', 'a', [], { id: `${T + 2}-2` }),
      gap('trimmed', 1, 4),
      message(5, 'after'),
    );

    expect(shown(state)).toEqual(['m1 stored', 'a stored', 'gap trimmed 3', 'm5 stored']);
  });

  test('of a rewritten history marks what the server no longer holds, and nothing else', () => {
    const state = after(
      message(1, 'kept'),
      message(2, 'lost'),
      message(3, 'lost'),
      gap('rewritten', 1, 3, 1),
      message(2, 'new', { messageId: 'z' }),
    );

    expect(shown(state)).toEqual(['m1 stored', 'm2 forgotten', 'm3 forgotten', 'gap rewritten 2', 'z stored']);
  });

  test('without a known end is counted as one of unknown size', () => {
    const state = after({
      ...gap('lost', 1, 1),
      gap: { reason: 'lost', from: `${T}-1`, to: null, missed: null, next: '0-0~' },
    } as ConversationEvent);

    expect(shown(state)).toEqual(['gap lost null']);
    expect(state.told).toBe(0);
  });
});
