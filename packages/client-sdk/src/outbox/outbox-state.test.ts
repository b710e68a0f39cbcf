import { createRandom, propertyRuns } from '@holdline/testkit';
import { describe, expect, test } from 'vitest';
import { OutboxState, type Item } from './outbox-state.ts';
import type { OutboxRecord, StoredOutcome } from './outbox-store.ts';

/** Writes down what the state wants done; writing is done when the test says `saved`. */
class Recorder extends OutboxState<Item> {
  readonly done: string[] = [];
  time = 1_000;
  readonly writes: string[] = [];

  now(): number {
    return this.time;
  }

  save({ record }: Item): void {
    this.writes.push(record.key);
    this.done.push(`save ${record.key} ${record.frame.firstSentAt ?? 0}`);
  }

  send({ record }: Item, isRetry: boolean): void {
    this.done.push(`${isRetry ? 'resend' : 'send'} ${record.key} ${record.frame.firstSentAt ?? 0}`);
  }

  queued({ record }: Item): void {
    this.done.push(`queued ${record.key}`);
  }

  withdraw({ messageId }: Item['record']['frame']): void {
    this.done.push(`withdraw ${messageId}`);
  }

  ended({ record }: Item, { code = 'stored' }: StoredOutcome): void {
    this.done.push(`${code} ${record.key}`);
  }

  rest(room: string): void {
    this.done.push(`rest ${room}`);
  }

  /** Everything that waits to be written is written. */
  write(): void {
    while (this.writes.length > 0) this.saved(this.writes.splice(0));
  }

  /** What was done since the last time. */
  drain(): string[] {
    return this.done.splice(0);
  }
}

const LINE = { maxInFlight: 10, maxFrameBytes: 1_000 };

function item(key: string, room = 'lobby', more: Partial<Item> = {}): Item {
  const frame = { type: 'publish', room, event: 'text', messageId: key, data: key } as OutboxRecord['frame'];
  const record = { key, scope: '', user: 'alice', producer: 'own', frame, createdAt: 0 };
  return { record, bytes: 100, phase: 'held', wasSent: false, isRefused: false, isSuspect: false, ...more };
}

/** A connected outbox with these messages in flight. */
function flying(...keys: string[]): { state: Recorder; items: Item[] } {
  const state = new Recorder();
  const items = keys.map((key) => item(key));
  for (const each of items) state.added(each);
  state.write();
  state.open(LINE);
  state.write();
  state.drain();
  return { state, items };
}

const STORED: StoredOutcome = { id: '1-1', duplicate: false };

describe('one message, by its phase', () => {
  type Phase = 'held, new' | 'queued, offline' | 'held, stamped' | 'sent' | 'queued, refused';
  const reach: Record<Phase, (state: Recorder, each: Item) => void> = {
    'held, new': () => undefined,
    'queued, offline': (state) => state.write(),
    'held, stamped': (state) => {
      state.write();
      state.open(LINE);
    },
    sent: (state, each) => {
      reach['held, stamped'](state, each);
      state.write();
    },
    'queued, refused': (state, each) => {
      reach.sent(state, each);
      state.answered(each, 'backoff', { code: 'unavailable' });
    },
  };
  const EVENTS = {
    saved: (state: Recorder) => state.saved(['a']),
    'another saved': (state: Recorder) => state.saved(['b']),
    'store given up': (state: Recorder) => state.saved(),
    'line opened': (state: Recorder) => state.open(LINE),
    lost: (state: Recorder) => state.lost(false),
    'lost, suspect': (state: Recorder) => state.lost(true),
    rested: (state: Recorder) => state.rested('lobby'),
    'rested elsewhere': (state: Recorder) => state.rested('other'),
    stored: (state: Recorder, each: Item) => state.answered(each, 'never', STORED),
    'refused for now': (state: Recorder, each: Item) => state.answered(each, 'backoff', { code: 'unavailable' }),
    cleared: (state: Recorder, each: Item) => state.end(each, { code: 'cleared' }),
    claimed: (state: Recorder, each: Item) => state.take([each], 'own'),
  } as const;
  type Name = keyof typeof EVENTS;

  const ENDS = { stored: 'gone: stored a', cleared: 'gone: cleared a' } as const;
  const NOTHING = { 'another saved': '', 'rested elsewhere': '' } as const;
  /** The phase that follows, and what is done; empty where nothing happens. */
  const TABLE: Record<Phase, Record<Name, string>> = {
    'held, new': {
      ...NOTHING,
      ...ENDS,
      saved: 'queued:',
      'store given up': 'queued:',
      'line opened': '',
      lost: '',
      'lost, suspect': '',
      rested: '',
      'refused for now': '',
      claimed: 'held: queued a, save a 0',
    },
    'queued, offline': {
      ...NOTHING,
      ...ENDS,
      saved: '',
      'store given up': '',
      'line opened': 'held: save a 1000',
      lost: '',
      'lost, suspect': '',
      rested: '',
      'refused for now': '',
      claimed: 'held: queued a, save a 0',
    },
    'held, stamped': {
      ...NOTHING,
      ...ENDS,
      saved: 'sent: send a 1000',
      'store given up': 'sent: send a 1000',
      'line opened': '',
      lost: '',
      'lost, suspect': '',
      rested: '',
      'refused for now': '',
      claimed: 'held: queued a, save a 1000',
    },
    sent: {
      ...NOTHING,
      ...ENDS,
      saved: '',
      'store given up': '',
      'line opened': '',
      lost: 'queued: queued a',
      'lost, suspect': 'queued: queued a, save a 1000',
      rested: '',
      'refused for now': 'queued: rest lobby, queued a',
      claimed: 'held: queued a, save a 1000',
    },
    'queued, refused': {
      ...NOTHING,
      stored: 'gone: stored a',
      cleared: 'gone: withdraw a, cleared a',
      saved: '',
      'store given up': '',
      'line opened': '',
      lost: '',
      'lost, suspect': '',
      rested: 'sent: resend a 1000',
      'refused for now': '',
      claimed: 'held: queued a, save a 1000',
    },
  };
  const phases = Object.keys(TABLE) as Phase[];
  const names = Object.keys(EVENTS) as Name[];

  test.each(phases.flatMap((phase) => names.map((name) => [phase, name] as const)))('%s on %s', (phase, name) => {
    const state = new Recorder();
    const each = item('a');
    state.added(each);
    reach[phase](state, each);
    state.drain();
    const before = each.phase;

    EVENTS[name](state, each);

    const done = state.drain().join(', ');
    const after = state.records.includes(each) ? each.phase : 'gone';
    expect(done === '' && after === before ? '' : `${after}: ${done}`.trim()).toBe(TABLE[phase][name]);
  });
});

describe('the time of the first send', () => {
  test('[G2.2] is written before the message goes out', () => {
    const state = new Recorder();
    state.added(item('a'));
    state.write();
    state.open(LINE);
    expect(state.drain()).toEqual(['save a 0', 'save a 1000']);

    state.write();

    expect(state.drain()).toEqual(['send a 1000']);
  });

  test('a message that was to be sent and was not has no age yet', () => {
    const state = new Recorder();
    state.added(item('a'));
    state.write();
    state.open(LINE);
    // Lost before the write was done; hours pass.
    state.lost(false);
    state.write();
    state.time = 9_000_000;
    state.drain();
    state.open(LINE);
    state.write();

    expect(state.drain()).toEqual(['save a 9000000', 'send a 9000000']);
  });

  test('[G3.5] one that may have reached a server keeps its age', () => {
    const { state } = flying('a');
    state.lost(false);
    state.time = 9_000_000;
    state.drain();
    state.open(LINE);

    expect(state.drain()).toEqual(['resend a 1000']);
  });
});

describe('a refusal that passes', () => {
  test('[G1.2] calls back all that went out after it in its room, and nothing else', () => {
    const { state, items } = flying('a', 'b', 'c');
    state.added(item('x', 'other'));
    state.write();
    state.drain();

    state.answered(items[1] as Item, 'backoff', { code: 'unavailable' });
    expect(state.drain()).toEqual(['rest lobby', 'queued b', 'queued c']);
    state.rested('lobby');

    expect(state.drain()).toEqual(['resend b 1000', 'resend c 1000']);
  });

  test('the echoes of it for those that were called back change nothing', () => {
    const { state, items } = flying('a', 'b');
    state.answered(items[0] as Item, 'backoff', { code: 'unavailable' });
    state.drain();

    state.answered(items[1] as Item, 'backoff', { code: 'out_of_order' });

    expect(state.drain()).toEqual([]);
  });

  test('a refused message that will not come back is withdrawn, so that the room opens', () => {
    const { state, items } = flying('a', 'b');
    state.answered(items[0] as Item, 'backoff', { code: 'unavailable' });
    state.drain();

    state.end(items[0] as Item, { code: 'cleared' });
    state.rested('lobby');

    expect(state.drain()).toEqual(['withdraw a', 'cleared a', 'resend b 1000']);
  });

  test('so is one that was called back with the message before it, whose own refusal came as the echo of that', () => {
    const { state, items } = flying('a', 'b', 'c');
    state.answered(items[0] as Item, 'backoff', { code: 'unavailable' });
    state.answered(items[1] as Item, 'backoff', { code: 'out_of_order' });
    state.end(items[0] as Item, { code: 'cleared' });
    state.drain();

    state.end(items[1] as Item, { code: 'cleared' });

    expect(state.drain()).toEqual(['withdraw b', 'cleared b']);
  });

  test('and not where nothing holds the room closed: on another connection, or when it is stored after all', () => {
    const { state, items } = flying('a', 'b');
    for (const each of items) state.answered(each, 'backoff', { code: 'unavailable' });
    state.answered(items[0] as Item, 'never', STORED);
    state.lost(false);
    state.drain();

    state.end(items[1] as Item, { code: 'cleared' });

    expect(state.drain()).toEqual(['cleared b']);
  });
});

describe('a connection that closed for a bad frame', () => {
  test('what was in flight goes one at a time, in every room, until each has its answer', () => {
    const { state, items } = flying('a', 'b');
    state.lost(true);
    const other = item('x', 'other');
    state.added(other);
    state.write();
    state.drain();
    state.open(LINE);
    state.write();
    expect(state.drain()).toEqual(['resend a 1000', 'save x 1000']);

    state.answered(items[0] as Item, 'never', STORED);
    expect(state.drain()).toEqual(['stored a', 'resend b 1000']);
    state.answered(items[1] as Item, 'never', STORED);

    expect(state.drain()).toEqual(['stored b', 'send x 1000']);
  });

  test('the one that was alone three times is given up; nobody else is blamed', () => {
    const { state } = flying('a', 'b');
    state.lost(true);
    for (let round = 1; round <= 3; round += 1) {
      state.open(LINE);
      state.lost(true);
    }
    expect(state.done.filter((line) => line.startsWith('poison'))).toEqual(['poison a']);
    state.drain();

    state.open(LINE);

    expect(state.drain()).toEqual(['resend b 1000']);
  });
});

test('an end that comes twice ends nothing else', () => {
  const { state, items } = flying('a', 'b');
  state.end(items[0] as Item, { code: 'cleared' });
  state.end(items[0] as Item, { code: 'cleared' });

  expect(state.records).toEqual([items[1]]);
});

test('[G2.6] what another page left goes before what this one has published and not yet sent', () => {
  const state = new Recorder();
  for (const key of ['a', 'b']) state.added(item(key));
  const adopted = item('z', 'lobby', { wasSent: true });
  adopted.record = { ...adopted.record, producer: 'gone', frame: { ...adopted.record.frame, firstSentAt: 5 } };
  state.take([adopted], 'own');
  state.write();
  state.drain();
  state.open(LINE);
  state.write();

  expect(state.drain().filter((line) => line.includes('send'))).toEqual(['resend z 5', 'send a 1000', 'send b 1000']);
});

test('[G1.2, G2.6] what several lives of a page left is sent in the order of the keys, though the later comes first', () => {
  const state = new Recorder();
  state.open(LINE);
  state.added(item('own'));
  state.write();
  state.write();
  const left = (key: string): Item => {
    const each = item(key, 'lobby', { wasSent: true });
    each.record = { ...each.record, producer: 'gone', frame: { ...each.record.frame, firstSentAt: 5 } };
    return each;
  };
  state.drain();

  state.take([left('2/1'), left('2/2')], 'own');
  state.take([left('1/1')], 'own');
  state.added(item('own-2'));
  state.write();

  const sent = state.drain().filter((line) => line.includes('send'));
  expect(sent).toEqual(['resend 1/1 5', 'resend 2/1 5', 'resend 2/2 5', 'send own-2 1000']);
});

test('[G1.2, G2.1] whatever happens, each room is stored in order, each message once, and all end', () => {
  for (let run = 0; run < propertyRuns(150); run += 1) {
    const random = createRandom(run + 1);
    const state = new Recorder();
    const published: Record<string, string[]> = { r1: [], r2: [] };
    const stored: Record<string, string[]> = { r1: [], r2: [] };
    /** What the server has taken in on this connection, with the room it holds closed. */
    let arrived: Item[] = [];
    let closedBy = new Map<string, string>();
    let count = 0;
    const isOpen = (): boolean => state.line !== undefined;

    const publish = (): void => {
      const room = random.pick(['r1', 'r2']);
      const each = item(`${room}-${String((count += 1)).padStart(4, '0')}`, room);
      published[room]?.push(each.record.key);
      state.added(each);
    };
    const serve = (refuses: boolean): void => {
      const each = arrived.shift();
      if (each === undefined) return;
      const { room, messageId } = each.record.frame;
      const holder = closedBy.get(room);
      if (holder !== undefined && holder !== messageId)
        return state.answered(each, 'backoff', { code: 'out_of_order' });
      if (refuses) {
        closedBy.set(room, messageId);
        return state.answered(each, 'backoff', { code: 'unavailable' });
      }
      closedBy.delete(room);
      if (!stored[room]?.includes(messageId)) stored[room]?.push(messageId);
      // A lost answer: the message is stored, and the connection goes.
      if (random.below(10) === 0) return cut();
      state.answered(each, 'never', STORED);
    };
    const cut = (): void => {
      state.lost(false);
      arrived = [];
      closedBy = new Map();
    };
    const collect = (): void => {
      for (const line of state.drain()) {
        const [what, key] = line.split(' ');
        const each = state.records.find(({ record }) => record.key === key);
        if (what?.endsWith('send') && isOpen() && each) arrived.push(each);
      }
    };

    for (let step = 0; step < 300; step += 1) {
      const dice = random.below(12);
      if (dice < 3) publish();
      else if (dice < 5) state.write();
      else if (dice < 6 && !isOpen()) state.open({ maxInFlight: 1 + random.below(5), maxFrameBytes: 1_000 });
      else if (dice < 7) cut();
      else if (dice < 8) state.rested(random.pick(['r1', 'r2']));
      else serve(random.below(4) === 0);
      collect();
    }
    for (let round = 0; round < 5_000 && state.records.length > 0; round += 1) {
      if (!isOpen()) state.open(LINE);
      state.write();
      state.rested('r1');
      state.rested('r2');
      collect();
      serve(false);
      collect();
    }

    expect(stored, `seed ${random.seed}`).toEqual(published);
    expect(state.records, `seed ${random.seed}`).toEqual([]);
  }
});
