import { decodeClientFrame, decodeServerFrame, parseCursor, type Decoded, type ClientFrame } from '@holdline/protocol';
import { createRandom } from '@holdline/testkit';
import { describe, expect, test, vi } from 'vitest';
import { decodeAnnouncement } from '../../../packages/server/src/log/announcement.ts';
import { judge, runBatch } from './batch.ts';
import { frameTarget } from './frame-targets.ts';
import { announcementTarget, cursorTarget } from './name-targets.ts';
import { Violation, type Target } from './target.ts';

// Seconds when the machine is idle; a loaded one is no failure.
vi.setConfig({ testTimeout: 60_000 });

const SEED = 7;

/** What the first so many inputs of a target bring to light. */
function violations<Input extends string | Buffer>(target: Target<Input>, inputs = 2000): readonly string[] {
  const found = new Set<string>();
  for (let i = 0; i < inputs; i += 1) {
    const label = judge(target as unknown as Target<string>, target.next());
    if (label instanceof Violation) found.add(label.what);
  }
  return [...found];
}

test('[G7.6] no input of a batch breaks a promise of a decoder, and every kind of answer is reached', () => {
  const { findings, counts, frames } = runBatch(SEED, 0);

  expect(findings).toEqual([]);
  expect(frames).toBe(20_000);
  expect([...counts.keys()]).toEqual(
    expect.arrayContaining(
      [
        ['client frames: publish', 'client frames: hello', 'client frames: bad_room', 'client frames: not JSON'],
        ['server frames: message', 'server frames: batch', 'server frames: bad_frame', 'server frames: unknown_frame'],
        ['IDs and cursors: cursor', 'entries: entry', 'entries: refused'],
        ['announcements: entries', 'announcements: foreign', 'announcements: malformed', 'announcements: signal'],
      ].flat(),
    ),
  );
});

test('a batch is the same each time, and neighbours differ', () => {
  const counts = (seed: number, batch: number): unknown => Object.fromEntries(runBatch(seed, batch).counts);

  const third = counts(SEED, 3);

  expect(counts(SEED, 3)).toEqual(third);
  expect(counts(SEED, 4)).not.toEqual(third);
});

describe('a decoder that is wrong is caught', () => {
  const accept = (text: string): Decoded<ClientFrame> => {
    try {
      const frame = JSON.parse(text) as ClientFrame;
      return { ok: true, frame: typeof frame === 'object' && frame !== null ? frame : { type: 'ping' } };
    } catch {
      return { ok: false, code: 'bad_frame', message: 'not JSON', subject: {} };
    }
  };

  test('one that throws', () => {
    const decode = (text: string): Decoded<ClientFrame> => {
      JSON.parse(text);
      return decodeClientFrame(text);
    };

    expect(violations(frameTarget('client', createRandom(SEED), decode))).toContainEqual(
      expect.stringContaining('threw SyntaxError'),
    );
  });

  test('one that takes what breaks a rule', () => {
    expect(violations(frameTarget('client', createRandom(SEED), accept))).toEqual(
      expect.arrayContaining(['accepted something that is no frame', 'accepted a bad publish.room']),
    );
  });

  test('one that says what the sender wrote', () => {
    const decode = (text: string): Decoded<ClientFrame> => {
      const decoded = decodeClientFrame(text);
      return decoded.ok ? decoded : { ...decoded, message: `cannot read ${text}` };
    };

    expect(violations(frameTarget('client', createRandom(SEED), decode))).toEqual([
      'the message of a refusal is not ours',
    ]);
  });

  test('one that loses a field on the way', () => {
    let readings = 0;
    const decode = (text: string): ReturnType<typeof decodeServerFrame> => {
      const decoded = decodeServerFrame(text);
      readings += 1;
      return decoded.ok && decoded.frame.type === 'live'
        ? { ok: true, frame: { ...decoded.frame, n: readings } as never }
        : decoded;
    };

    expect(violations(frameTarget('server', createRandom(SEED), decode))).toEqual([
      'the second reading differs from the first',
    ]);
  });

  test('one that merges what it reads into the prototype of everything', () => {
    const target = frameTarget('client', createRandom(SEED), (text) => {
      const decoded = decodeClientFrame(text);
      if (decoded.ok) Object.defineProperty(Object.prototype, 'polluted', { value: 1, configurable: true });
      return decoded;
    });

    try {
      expect(runBatch(SEED, 0, [target]).findings).toMatchObject([
        { what: 'a prototype that all objects share was changed' },
      ]);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
  });

  test('a cursor that is taken with spaces', () => {
    expect(violations(cursorTarget(createRandom(SEED), (text) => parseCursor(String(text).trim())))).toEqual([
      'a cursor prints as another text',
    ]);
  });

  test('an announcement whose seal nobody looks at', () => {
    const decode: typeof decodeAnnouncement = (bytes, key) => {
      const heard = decodeAnnouncement(bytes, key);
      return heard.type === 'foreign' ? { type: 'entries', entries: [] } : heard;
    };

    expect(violations(announcementTarget(createRandom(SEED), decode))).toEqual([
      'takes what nobody has sealed for entries',
    ]);
  });

  test('and its input is cut down to what matters', () => {
    const target = frameTarget('client', createRandom(SEED), (text) => {
      if (text.includes('999')) throw new Error('nines');
      return decodeClientFrame(text);
    });

    expect(runBatch(SEED, 0, [target]).findings[0]).toMatchObject({ what: 'threw Error: nines', input: '999' });
  });
});
