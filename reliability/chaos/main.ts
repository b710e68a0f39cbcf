// One chaos run: `--seed S --minutes M [--faults kind,kind] [--rate R] [--tabs N] [--servers N]`. Ends with everything healed,
// the last reads, the judgement over the whole history, the fault matrix, and exit code 1 if anything is not as promised.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatVerdicts } from '@holdline/testkit';
import { faultKindsOf } from './faults/index.ts';
import { untilLevel, waitSettled, waitWhole } from './healing.ts';
import { countsLine, isClean, judge } from './judge.ts';
import { readOptions } from './options.ts';
import { planSteps } from './plan.ts';
import { matrixOf, measuresOf, toMarkdown } from './report.ts';
import { Runner } from './runner.ts';
import { World } from './world.ts';

const LOGS = join(import.meta.dirname, '..', '..', 'logs');
/** Everybody has this long at the end. */
const SETTLE_MS = 90_000;
/** What is left of a run that hangs is cut off this long after its time. */
const GRACE_MS = 600_000;

// The browser library takes these signals for itself, and would leave us running.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
const options = readOptions(process.argv.slice(2));
mkdirSync(LOGS, { recursive: true });
const name = join(LOGS, `chaos-${options.seed}`);
setTimeout(() => fail('the run did not come to its end'), options.minutes * 60_000 + GRACE_MS).unref();

console.log(`chaos: seed ${options.seed}, ${options.minutes} min, ${options.servers} servers, rate ${options.rate}`);
const world = await World.create({
  engine: options.engine,
  servers: options.servers,
  browsers: options.browsers,
  pagesPerBrowser: 2,
  tabs: options.tabs,
  ratePerSecond: options.rate,
  historyFolder: `${name}-parts`,
});
const kinds = faultKindsOf(options.engine).filter(
  ({ kind }) => options.faults.length === 0 || options.faults.includes(kind),
);
const runner = new Runner(world, kinds);
const first = await waitWhole(world, world.pages);
if (!first.isWhole) fail(`not whole at the beginning: ${first.missing.join('\n')}`);
const isEnough = (): boolean =>
  options.messages + options.each > 0 && world.acknowledged >= options.messages && runner.leastOften >= options.each;
const untilMs = world.timeLine.now() + options.minutes * 60_000;
await runner.run(planSteps(options.seed, kinds, world.targets), untilMs, isEnough);

world.goQuiet();
const settled = await waitSettled(world, SETTLE_MS);
const last = await untilLevel(world, SETTLE_MS);
for (const missing of [...settled.missing, ...last.missing]) runner.failures.push(`not whole at the end: ${missing}`);
world.stopReading();
await world.read({ whole: true, final: true });
const seconds = world.timeLine.now() / 1000;
await world.close();
const lines = world.timeLine.merge(`${name}.jsonl`);

const matrix = matrixOf(kinds, runner.results);
const measures = measuresOf(runner.results);
const markdown = toMarkdown(matrix, measures);
console.log(`\n${markdown}\n\njudging ${lines} events`);
const verdicts = await judge(`${name}.jsonl`);
const text = formatVerdicts(verdicts);
console.log(text);
for (const trouble of world.troubles) console.log(`trouble: ${trouble}`);
for (const failure of runner.failures) console.log(`FAILURE: ${failure}`);
const summary =
  `seed ${options.seed}, ${options.engine}, ${seconds.toFixed(0)} s, ${Math.round(verdicts.counts.acknowledged / seconds)} a second: ` +
  countsLine(verdicts);
console.log(summary);
const { failures } = runner;
const { troubles } = world;
const { counts, occasions, violated } = verdicts;
const whole = { options, summary, counts, occasions, violated, matrix, measures, failures, troubles };
writeFileSync(`${name}.json`, JSON.stringify(whole, null, 2));
writeFileSync(`${name}.md`, `${summary}\n\n${markdown}\n\n${text}\n`);
process.exit(isClean(verdicts) && failures.length + troubles.length === 0 ? 0 : 1);

function fail(message: string): never {
  console.error(`chaos: ${message}`);
  process.exit(1);
}
