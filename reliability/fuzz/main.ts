/**
 * `npm run fuzz -- --seed S --frames N [--part decoders|server|client] [--batch B] [--live-rounds R]`: hostile input for
 * everything that reads. Exits with 1 when a promise was broken, and prints what to run to see it again.
 */
import { parseArgs } from 'node:util';
import { fuzzDecoders, type DecoderReport } from './decoders/decoders.ts';

const whole = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} takes a whole number`);
  return value;
};

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    frames: { type: 'string', default: '100000' },
    part: { type: 'string' },
    batch: { type: 'string' },
    workers: { type: 'string' },
  },
});
const seed = whole('seed', values.seed);
const frames = whole('frames', values.frames);

const counted = (count: number): string => count.toLocaleString('en');

function printDecoders(report: DecoderReport): void {
  const rate = Math.round((report.frames / report.ms) * 1000);
  console.log(
    `decoders: ${counted(report.frames)} inputs in ${(report.ms / 1000).toFixed(1)} s (${counted(rate)} a second), ${report.findings.length} findings`,
  );
  const byTarget = new Map<string, string[]>();
  for (const [label, count] of [...report.counts].toSorted(([a], [b]) => a.localeCompare(b))) {
    const [target = '', answer = ''] = label.split(': ');
    byTarget.set(target, [...(byTarget.get(target) ?? []), `${answer} ${counted(count)}`]);
  }
  for (const [target, answers] of byTarget) console.log(`  ${target}: ${answers.join(', ')}`);
  for (const { target, what, input, batch } of report.findings) {
    console.log(`  FOUND in ${target}: ${what}\n    ${JSON.stringify(input).slice(0, 2000)}`);
    console.log(`    again with: npm run fuzz -- --seed ${seed} --part decoders --batch ${batch}`);
  }
}

async function decoders(): Promise<number> {
  let printedAt = performance.now();
  const report = await fuzzDecoders({
    seed,
    frames,
    ...(values.batch !== undefined && { batch: whole('batch', values.batch) }),
    ...(values.workers !== undefined && { workers: whole('workers', values.workers) }),
    onProgress(done) {
      if (performance.now() - printedAt < 30_000) return;
      printedAt = performance.now();
      console.log(`  ${counted(done)} of ${counted(frames)}`);
    },
  });
  printDecoders(report);
  return report.findings.length;
}

const PARTS: Readonly<Record<string, () => Promise<number>>> = { decoders };

if (values.part !== undefined && !Object.hasOwn(PARTS, values.part)) {
  throw new Error(`--part is one of ${Object.keys(PARTS).join(', ')}`);
}
console.log(`fuzz with seed ${seed}`);
let findings = 0;
for (const [name, part] of Object.entries(PARTS)) {
  if (values.part === undefined || values.part === name) findings += await part();
}
console.log(findings === 0 ? 'fuzz: no promise was broken' : `fuzz: ${findings} findings`);
process.exitCode = findings === 0 ? 0 : 1;
