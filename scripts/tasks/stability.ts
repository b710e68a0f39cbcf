// What must be stable, many times in a row, without retries: `npm run stability -- --times 20` for the end-to-end tests,
// `--proofs` for the short proofs of `npm test`. Everything that they print goes to logs/, one line a round to the
// terminal. Further arguments go to Playwright (a file, --grep …).

import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPackages, buildPages } from '../build.ts';
import { endChildrenWithUs, ROOT, run } from '../process.ts';
import { SHORT_PROOFS, type Proof } from '../proofs.ts';
import { runPlaywright, type Tally } from '../steps.ts';

endChildrenWithUs();
const { values, positionals } = parseArgs({
  options: {
    times: { type: 'string', default: '20' },
    grep: { type: 'string' },
    proofs: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const times = Number(values.times);
if (!Number.isInteger(times) || times < 1) throw new Error('--times takes a whole number from 1 up');
const args = ['--retries=0', ...(values.grep === undefined ? [] : ['--grep', values.grep]), ...positionals];

if (!(await buildPackages()) || !(await buildPages())) process.exit(1);

mkdirSync(join(ROOT, 'logs'), { recursive: true });
const startedAt = new Date();
const name = join('logs', `stability-${startedAt.toISOString().replaceAll(':', '-').slice(0, 19)}.log`);
const log = createWriteStream(join(ROOT, name));
const report = (text: string): void => {
  console.log(text);
  log.write(`${text}\n`);
};

const onOutput = (text: string): void => void log.write(text);

/** Which one failed is said at once. */
async function isProved({ name, command: [program, ...rest] }: Proof): Promise<boolean> {
  const isGreen = (await run(program as string, rest, { onOutput })) === 0;
  if (!isGreen) report(`  ${name} failed`);
  return isGreen;
}

/**
 * The soak run takes as long as the others together: they go on beside it, which makes it harder for all of them. The
 * simulation is a function of its seeds: once is as good as twenty times; and the bench measures nothing beside others.
 */
async function runProofs(): Promise<Tally> {
  const repeated = SHORT_PROOFS.filter(({ name }) => name !== 'simulation' && name !== 'bench');
  const soaks = repeated.filter(({ name }) => name === 'soak');
  const others = repeated.filter(({ name }) => name !== 'soak');
  const inTurn = async (proofs: readonly Proof[]): Promise<boolean[]> => {
    const results: boolean[] = [];
    for (const proof of proofs) results.push(await isProved(proof));
    return results;
  };
  const results = (await Promise.all([inTurn(soaks), inTurn(others)])).flat();
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}

report(`${times} rounds from ${startedAt.toISOString()}, Node ${process.version}, log: ${name}`);
const total = { passed: 0, failed: 0, failedRounds: 0, slowestMs: 0 };
for (let round = 1; round <= times; round += 1) {
  const roundStartedAt = performance.now();
  const { passed, failed, skipped = 0 } = await (values.proofs ? runProofs() : runPlaywright({ args, onOutput }));
  const ms = performance.now() - roundStartedAt;
  total.passed += passed;
  total.failed += failed;
  total.failedRounds += failed > 0 || passed === 0 ? 1 : 0;
  total.slowestMs = Math.max(total.slowestMs, ms);
  report(
    `round ${round}/${times}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${(ms / 1000).toFixed(1)} s`,
  );
}
report(
  `${times - total.failedRounds} of ${times} rounds were green, the slowest took ${(total.slowestMs / 1000).toFixed(1)} s`,
);
report(`${total.passed} passed, ${total.failed} failed`);
await new Promise((resolve) => log.end(resolve));
process.exitCode = total.failedRounds > 0 ? 1 : 0;
