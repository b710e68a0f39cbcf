// `npm run bench`: see README.md for what is measured and how.

import { FAN_OUTS, measureFanOut, type FanOutSample } from './workloads/fan-out.ts';
import { readOptions, type BenchOptions } from './options.ts';
import type { Peer } from './peers/peer.ts';
import { PEERS } from './peers/registry.ts';
import { median, pairedRatio } from './measure/statistics.ts';
import { inRounds, withPeers } from './rounds.ts';

// Children end with us: the spawner sees to it on exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function chosen({ peers }: BenchOptions): readonly Peer[] {
  const all = peers === null ? PEERS : peers.map((name) => PEERS.find((peer) => peer.name === name) ?? unknown(name));
  return all.filter((peer) => {
    const why = peer.missing();
    if (why !== null) say(`${peer.name} is left out: ${why}`);
    return why === null;
  });
}

function unknown(name: string): never {
  throw new Error(`--peers ${name}: there are ${PEERS.map((peer) => peer.name).join(', ')}`);
}

const options = readOptions(process.argv.slice(2));
const peers = chosen(options);
for (const name of options.workloads) {
  if (!(name in FAN_OUTS)) continue;
  const fanOut = FAN_OUTS[name as keyof typeof FAN_OUTS];
  say(`\n## ${name}: ${fanOut.rooms} x ${fanOut.members} members x ${fanOut.perSecond}/s`);
  const samples = await withPeers(peers, options.nodeFlags, (entrants) =>
    inRounds(entrants, options.pairs, async ({ peer, running }, round) => {
      const sample = await measureFanOut(peer.name, running, fanOut, options);
      say(`${round + 1} ${rowOf(peer.name, sample)}`);
      return sample;
    }),
  );
  const cpu = (peer: string): number[] => samples.get(peer)?.map(({ cpuUs }) => cpuUs) ?? [];
  for (const { name: peer } of peers)
    say(
      `${peer.padEnd(12)} median ${median(cpu(peer)).toFixed(1)} us/delivery, to classic ${pairedRatio(cpu(peer), cpu('classic')).toFixed(2)}`,
    );
}

function rowOf(peer: string, { counts, ...sample }: FanOutSample): string {
  const { cpuUs, brokerUs, loadUs, p50Ms, p99Ms, deliveredPerSecond, foreignCores } = sample;
  return [
    peer.padEnd(12),
    `${deliveredPerSecond.toFixed(0)}/s`,
    `cpu ${cpuUs.toFixed(1)} us (broker ${brokerUs.toFixed(1)})`,
    `load ${loadUs.toFixed(1)} us`,
    `p50 ${p50Ms.toFixed(1)} p99 ${p99Ms.toFixed(1)} ms`,
    `lost ${counts.lost} doubled ${counts.doubled} reordered ${counts.reordered}`,
    `strays ${counts.strays} unacked ${counts.unacked} faults ${counts.faults} held ${sample.heldBack}`,
    `foreign ${foreignCores.toFixed(2)}`,
    ...counts.faultTexts,
  ].join('  ');
}
