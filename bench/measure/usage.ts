// What a running peer, the load and everything else on the machine use between two moments.

import { nowUs } from '../clients/payload.ts';
import type { RunningPeer } from '../peers/peer.ts';
import { cpuUsIn, foreignIn, readStats, type ProcessStats } from './cpu.ts';

export interface Moment {
  readonly atUs: number;
  /** Servers and brokers. */
  readonly peerUs: number;
  readonly brokerUs: number;
  readonly loadUs: number;
  /** Of each process that is none of these, by its number. */
  readonly foreignUs: ReadonlyMap<number, number>;
}

export interface Usage extends Omit<Moment, 'foreignUs'> {
  readonly foreignUs: number;
}

export function momentOf(running: RunningPeer, loadPids: readonly number[], stats: ProcessStats = readStats()): Moment {
  const processes = running.processes();
  const pids = processes.map(({ pid }) => pid);
  const brokers = processes.filter(({ role }) => role === 'broker').map(({ pid }) => pid);
  return {
    atUs: nowUs(),
    peerUs: cpuUsIn(stats, pids),
    brokerUs: cpuUsIn(stats, brokers),
    loadUs: cpuUsIn(stats, loadPids),
    foreignUs: foreignIn(stats, [...pids, ...loadPids, process.pid]),
  };
}

export function usedBetween(before: Moment, after: Moment): Usage {
  let foreignUs = 0;
  // What ended in between is not seen; what began in between is seen whole.
  for (const [pid, us] of after.foreignUs) foreignUs += us - (before.foreignUs.get(pid) ?? 0);
  return {
    atUs: after.atUs - before.atUs,
    peerUs: after.peerUs - before.peerUs,
    brokerUs: after.brokerUs - before.brokerUs,
    loadUs: after.loadUs - before.loadUs,
    foreignUs,
  };
}
