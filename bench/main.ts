// `npm run bench`: runs the chosen workloads on the chosen peers, in turns, and writes a report. README.md says what is measured and how.

import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge } from './ci.ts';
import { describeMachine } from './measure/machine.ts';
import { checkTheChecks } from './measure/self-test.ts';
import { choose, readOptions, type BenchOptions } from './options.ts';
import type { Peer } from './peers/peer.ts';
import { PEERS } from './peers/registry.ts';
import { GOALS, verdictOf } from './report/goals.ts';
import { print } from './report/markdown.ts';
import { medianOf, ratioIn, type Results, type WorkloadResult } from './report/results.ts';
import { writeReport } from './report/write.ts';
import { runRounds } from './rounds.ts';
import { WORKLOADS } from './workloads/registry.ts';
import type { Column, Sample, Workload } from './workloads/workload.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SHORT_NOTE =
  'The short form: a first look, with few rounds; `npm run bench -- --full` makes the figures to quote.';
const FULL_NOTE = 'The full form.';

// Children end with us: their spawner sees to it when we exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const options = readOptions(process.argv.slice(2));
checkTheChecks();
const results = await runAll(options);
if (options.out !== null) say(`\nwritten to ${options.out}`);
if (options.isCi) sayVerdict();
else
  for (const goal of GOALS) {
    const measured = goal.measured(results);
    if (!Number.isNaN(measured))
      say(`${goal.title}: ${print(measured, 2)} (must ${goal.must}, aim ${goal.aim}): ${verdictOf(goal, measured)}`);
  }

async function runAll(chosen: BenchOptions): Promise<Results> {
  const peers = choose('peer', PEERS, chosen.peers).filter((peer) => {
    const why = peer.missing();
    if (why !== null) say(`${peer.name} is left out: ${why}`);
    return why === null;
  });
  const versions = Object.assign({}, ...peers.map((peer) => peer.versions?.() ?? {})) as Record<string, string>;
  const machine = describeMachine(chosen.command, versions);
  const workloads: WorkloadResult[] = [];
  const found = { machine, peers: peers.map(({ name, title, setUp }) => ({ name, title, setUp })), workloads };
  const usual = WORKLOADS.filter(({ isLong }) => isLong !== true || chosen.isFull);
  for (const workload of chosen.workloads === null ? usual : choose('workload', WORKLOADS, chosen.workloads)) {
    workloads.push(await runWorkload(workload, peers, chosen));
    // After each, so that a run that is ended early leaves what it has found.
    if (chosen.out !== null) writeReport(resolve(ROOT, chosen.out), found, chosen.isFull ? FULL_NOTE : SHORT_NOTE);
  }
  return found;
}

async function runWorkload(workload: Workload, peers: readonly Peer[], chosen: BenchOptions): Promise<WorkloadResult> {
  const { name, title, columns } = workload;
  say(`\n== ${name}: ${title}`);
  const able = peers.filter((peer) => workload.peers?.includes(peer.name) ?? true);
  const samples = await runRounds(workload, able, {
    ...chosen,
    onSample: (peer, round, sample) => say(`${round + 1}  ${peer.name.padEnd(17)} ${lineOf(columns, sample)}`),
  });
  const result = { name, title, columns, samples: Object.fromEntries(samples) };
  saySummary(result);
  return result;
}

function lineOf(columns: readonly Column[], { figures, faultTexts }: Sample): string {
  const shown = columns.map(
    ({ key, heading, digits = 0 }) => `${heading} ${print(figures[key] ?? Number.NaN, digits)}`,
  );
  return [...shown, ...faultTexts.map((text) => `FAULT ${text}`)].join('  ');
}

/** Medians and ratios of CPU, where the workload has it. */
function saySummary(result: WorkloadResult): void {
  for (const peer of Object.keys(result.samples)) {
    const cpu = medianOf(result, peer, 'cpuUs');
    if (Number.isNaN(cpu)) continue;
    const ratio = ratioIn(result, 'cpuUs', peer, 'classic');
    say(`   ${peer.padEnd(17)} median CPU ${print(cpu, 1)} us, to classic ${print(ratio, 2)}`);
  }
}

function sayVerdict(): void {
  const { ratio, pairs, failures } = judge(results);
  say(`\nCPU per delivery: ${print(ratio, 2)} of the classic server's (median of ${pairs} pairs)`);
  for (const failure of failures) say(`FAILED: ${failure}`);
  if (failures.length === 0) say('within bounds, and nothing lost, doubled or out of order');
  process.exitCode = failures.length === 0 ? 0 : 1;
}
