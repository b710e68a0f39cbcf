// The same publish-and-cut run against Holdline and two rivals, one after the other: `npm run rivals -- --seed 1`, or with
// `--short` in about 15 s. Prints a table; in its full form it also writes docs/reliability/rivals.md. Ends with 1 when Holdline lost,
// doubled or reordered a message.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { spawnRedis } from '@holdline/testkit';
import { CLASSIC } from './classic.ts';
import { HOLDLINE } from './holdline.ts';
import { publishAndCut, type Outcome, type Plan } from './publish-and-cut.ts';
import type { Rival } from './rival.ts';
import { SOCKET_IO } from './socket-io.ts';
import { toDocument, toTable } from './table.ts';

const RIVALS: readonly Rival[] = [HOLDLINE, SOCKET_IO, CLASSIC];
const DOCUMENT = fileURLToPath(new URL('../../docs/reliability/rivals.md', import.meta.url));
const EVERY_MS = 2;

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, short: { type: 'boolean', default: false } },
});
const seed = Number(values.seed);
if (!Number.isInteger(seed) || seed < 0) throw new Error('--seed takes a whole number');
const size = values.short ? { messages: 800, cuts: 5 } : { messages: 8000, cuts: 60 };
const routes: readonly Plan['route'][] = values.short ? ['other'] : ['same', 'other'];
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const outcomes: Outcome[] = [];
for (const route of routes) {
  for (const rival of RIVALS) {
    const redis = await spawnRedis({ appendonly: true, appendfsync: 'everysec' });
    try {
      const outcome = await publishAndCut(rival, redis.url, { seed, ...size, everyMs: EVERY_MS, route });
      outcomes.push(outcome);
      if (!values.short) say(toTable([outcome]).split('\n').at(-1)!);
    } finally {
      await redis.stop();
    }
  }
}

say(`\n${toTable(outcomes)}`);
if (!values.short) {
  const plan = { seed, ...size, everyMs: EVERY_MS, route: 'same' } as const;
  mkdirSync(dirname(DOCUMENT), { recursive: true });
  writeFileSync(DOCUMENT, toDocument(outcomes, RIVALS, plan, `npm run rivals -- --seed ${seed}`));
}
const ours = outcomes.filter(({ rival }) => rival === HOLDLINE.name);
const isWhole = ours.every(
  ({ lost, doubled, reordered, cuts, claims }) => lost + doubled + reordered === 0 && claims === cuts,
);
say(isWhole ? 'Holdline: nothing lost, doubled or reordered' : 'Holdline LOST, DOUBLED OR REORDERED a message');
process.exitCode = isWhole ? 0 : 1;
