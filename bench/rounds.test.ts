import { expect, test } from 'vitest';
import type { Peer, RunningPeer } from './peers/peer.ts';
import { runRounds } from './rounds.ts';
import type { Workload } from './workloads/workload.ts';

const OPTIONS = { pairs: 2, warmUpMs: 0, windowMs: 0, isFull: false, nodeFlags: [], onSample: () => {} };

function peerNamed(name: string, log: string[], startFails = false): Peer {
  const running: RunningPeer = {
    endpoints: [],
    processes: () => [],
    kill: () => Promise.resolve(),
    restart: () => Promise.resolve(),
    stop: async () => void log.push(`${name} stops`),
  };
  return {
    name,
    title: name,
    setUp: '',
    ack: 'none',
    isResumable: false,
    missing: () => null,
    async start() {
      log.push(`${name} starts`);
      if (startFails) throw new Error(`${name} does not start`);
      return running;
    },
  };
}

const workloadThat = (log: string[], extra: Partial<Workload> = {}): Workload => ({
  name: 'W',
  title: '',
  columns: [],
  measure: async ({ peer }) => {
    log.push(peer.name);
    return { figures: { cpuUs: 1 }, faultTexts: [] };
  },
  ...extra,
});

test('peers take turns, and their servers run through all rounds', async () => {
  const log: string[] = [];
  await runRounds(workloadThat(log), [peerNamed('a', log), peerNamed('b', log)], OPTIONS);

  expect(log).toEqual(['a starts', 'b starts', 'a', 'b', 'a', 'b', 'a stops', 'b stops']);
});

test('servers are fresh for each turn where a workload asks for it, for no more rounds than it wants', async () => {
  const log: string[] = [];
  const workload = workloadThat(log, { isFresh: true, maxPairs: 1 });
  await runRounds(workload, [peerNamed('a', log), peerNamed('b', log)], OPTIONS);

  expect(log).toEqual(['a starts', 'a', 'a stops', 'b starts', 'b', 'b stops']);
});

test.each([false, true])(
  'a peer that does not start has samples that say so, and the others go on (fresh: %s)',
  async (isFresh) => {
    const log: string[] = [];
    const samples = await runRounds(
      workloadThat(log, { isFresh }),
      [peerNamed('a', log, true), peerNamed('b', log)],
      OPTIONS,
    );

    const failed = { figures: {}, faultTexts: ['a does not start'] };
    expect(samples.get('a')).toEqual([failed, failed]);
    expect(samples.get('b')).toHaveLength(2);
    expect(log.filter((line) => line === 'b')).toHaveLength(2);
  },
);

test('a measurement that fails is told, and the servers are stopped', async () => {
  const log: string[] = [];
  const workload = workloadThat(log, { isFresh: true, measure: () => Promise.reject(new Error('it broke')) });
  const samples = await runRounds(workload, [peerNamed('a', log)], OPTIONS);

  expect(samples.get('a')![0]!.faultTexts).toEqual(['it broke']);
  expect(log).toEqual(['a starts', 'a stops', 'a starts', 'a stops']);
});
