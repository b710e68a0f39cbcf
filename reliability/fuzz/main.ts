/**
 * `npm run fuzz -- --seed S --frames N [--part decoders|server|client] [--batch B] [--rounds R]`: hostile input for
 * everything that reads: N inputs for decoders, R rounds of attacks
 * against a live server, and for each ten of them a hostile server against live clients. Exits with 1 when a promise was broken, and prints what to run to see it again.
 */
import { parseArgs } from 'node:util';
import { fuzzClients, type ClientReport } from './client/client-run.ts';
import { fuzzServer, type ServerReport } from './server/server-run.ts';
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
    rounds: { type: 'string', default: '20' },
  },
});
const seed = whole('seed', values.seed);
const frames = whole('frames', values.frames);
const rounds = whole('rounds', values.rounds);

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

async function server(): Promise<number> {
  const report = await fuzzServer({ seed, rounds });
  printServer(report);
  return report.findings.length;
}

function printServer({ ms, attacks, frames: taken, outcomes, before, after, findings: found }: ServerReport): void {
  const seconds = (ms / 1000).toFixed(1);
  console.log(
    `server: ${counted(attacks)} attacks in ${seconds} s, ${counted(taken)} frames taken, ${found.length} findings`,
  );
  for (const [attack, ends] of [...outcomes].toSorted(([a], [b]) => a.localeCompare(b))) {
    console.log(`  ${attack}: ${[...ends].map(([end, count]) => `${end} ${count}`).join(', ')}`);
  }
  console.log(`  heap ${megabytes(before)} → ${megabytes(after)} MB, open: ${JSON.stringify(after.resources)}`);
  for (const finding of found) console.log(`  FOUND: ${finding}`);
  if (found.length > 0) console.log(`    again with: npm run fuzz -- --seed ${seed} --part server --rounds ${rounds}`);
}

async function client(): Promise<number> {
  const report = await fuzzClients({ seed, rounds: Math.ceil(rounds / 10) });
  printClient(report);
  return report.findings.length;
}

function printClient({
  ms,
  attempts,
  frames: sent,
  published,
  before,
  after,
  findings: found,
  ...run
}: ClientReport): void {
  const seconds = (ms / 1000).toFixed(1);
  console.log(
    `client: ${run.rounds} hostile servers in ${seconds} s, ${attempts} attempts, ${sent} frames, ${found.length} findings`,
  );
  console.log(
    `  ${published} messages published, heap ${megabytes(before)} → ${megabytes(after)} MB, open: ${JSON.stringify(after.resources)}`,
  );
  for (const finding of found) console.log(`  FOUND: ${finding}`);
  if (found.length > 0) console.log(`    again with: npm run fuzz -- --seed ${seed} --part client --rounds ${rounds}`);
}

const megabytes = ({ heapBytes }: { heapBytes: number }): string => (heapBytes / 1e6).toFixed(1);

const PARTS: Readonly<Record<string, () => Promise<number>>> = { decoders, server, client };

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
