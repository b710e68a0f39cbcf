import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHECKS, type CheckName } from './checks.ts';
import { decodeServerFrame } from './decode-server.ts';
import { decodeClientFrame } from './decode.ts';
import { CLIENT_FRAME_SHAPES, SERVER_FRAME_SHAPES } from './frame-shapes.ts';
import { EVENT_PATTERN, MESSAGE_ID_PATTERN, ROOM_PATTERN, USER_PATTERN } from './ids.ts';
import * as limits from './limits.ts';
import { GAP_REASONS, NOTICES } from './server-frames.ts';
import { PROTOCOL_VERSION, SUBPROTOCOL } from './version.ts';

/** The wire as it was when its version was last raised. */
const FINGERPRINTS: Record<number, string> = {
  1: '848075d2d9f090af',
};

const sides = [
  { side: 'client', shapes: CLIENT_FRAME_SHAPES, decode: decodeClientFrame },
  { side: 'server', shapes: SERVER_FRAME_SHAPES, decode: decodeServerFrame },
] as const;

const golden = (side: string, name: string): string =>
  readFileSync(new URL(`../fixtures/${side}/${name}`, import.meta.url), 'utf8');

function fingerprint(): string {
  const patterns = [ROOM_PATTERN, MESSAGE_ID_PATTERN, EVENT_PATTERN, USER_PATTERN].map(String);
  const fixtures = sides.flatMap(({ side }) =>
    readdirSync(new URL(`../fixtures/${side}/`, import.meta.url))
      .toSorted()
      .map((name) => [side, name, JSON.parse(golden(side, name))]),
  );
  const wire = [
    SUBPROTOCOL,
    CLIENT_FRAME_SHAPES,
    SERVER_FRAME_SHAPES,
    patterns,
    limits,
    GAP_REASONS,
    NOTICES,
    fixtures,
  ];
  return createHash('sha256').update(JSON.stringify(wire)).digest('hex').slice(0, 16);
}

test('the wire has not changed without a new version', () => {
  expect(
    fingerprint(),
    'The wire changed. Raise PROTOCOL_VERSION, add its history line in version.ts, add or change the golden frames, and note the new fingerprint here.',
  ).toBe(FINGERPRINTS[PROTOCOL_VERSION]);
});

describe.each(sides)('golden frames of the $side', ({ side, shapes, decode }) => {
  test('there is one for every type', () => {
    const names = readdirSync(new URL(`../fixtures/${side}/`, import.meta.url)).map((name) =>
      name.replace('.json', ''),
    );

    expect(names.toSorted()).toEqual(Object.keys(shapes).toSorted());
  });

  test.each(Object.keys(shapes))('%s is decoded as it stands', (type) => {
    const text = golden(side, `${type}.json`);

    expect(decode(text)).toEqual({ ok: true, frame: JSON.parse(text) });
  });

  test.each(Object.entries(shapes))(
    '[G7.6] %s is refused when a field is missing or has the wrong type',
    (type, shape) => {
      const frame = JSON.parse(golden(side, `${type}.json`)) as Record<string, unknown>;
      for (const [field, rule] of Object.entries(shape) as [string, string][]) {
        const check = CHECKS[rule.replace('?', '') as CheckName];
        const wrongs = [{}, [], 'x y\n', -1, 0.5, null].filter((value) => !check(value));
        // undefined leaves the field out of the JSON.
        const absent = rule.endsWith('?') ? [] : [undefined];
        for (const wrong of [...wrongs, ...absent]) {
          expect([field, wrong, decode(JSON.stringify({ ...frame, [field]: wrong })).ok]).toEqual([
            field,
            wrong,
            false,
          ]);
        }
      }
    },
  );
});
