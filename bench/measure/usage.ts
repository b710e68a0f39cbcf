// What a running peer, the load and everything else on the machine use between two moments.

import type { RunningPeer } from '../peers/peer.ts';
import { nowUs } from '../clients/payload.ts';
import { cpuUsOf, foreignCpuUs } from './cpu.ts';

export interface Usage {
  readonly atUs: number;
  /** Servers and brokers. */
  readonly peerUs: number;
  readonly brokerUs: number;
  readonly loadUs: number;
  readonly foreignUs: number;
}

export function usageOf(running: RunningPeer, loadPids: readonly number[]): Usage {
  const processes = running.processes();
  const pids = processes.map(({ pid }) => pid);
  return {
    atUs: nowUs(),
    peerUs: cpuUsOf(pids),
    brokerUs: cpuUsOf(processes.filter(({ role }) => role === 'broker').map(({ pid }) => pid)),
    loadUs: cpuUsOf(loadPids),
    foreignUs: foreignCpuUs([...pids, ...loadPids, process.pid]),
  };
}

export const usedBetween = (before: Usage, after: Usage): Usage => ({
  atUs: after.atUs - before.atUs,
  peerUs: after.peerUs - before.peerUs,
  brokerUs: after.brokerUs - before.brokerUs,
  loadUs: after.loadUs - before.loadUs,
  foreignUs: after.foreignUs - before.foreignUs,
});
