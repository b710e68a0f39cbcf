// Peers take turns on the same work (A B A B …), so that what the machine does meanwhile meets all of them. Their servers run from the
// first round to the last, the one whose turn it is not without clients; or are fresh for each turn, where a workload asks for that.
// A peer that fails has a sample without figures, and the others go on: a full run takes an hour.

import type { Peer } from './peers/peer.ts';
import type { Entrant, Sample, Scale, Workload } from './workloads/workload.ts';

export interface RoundsOptions extends Scale {
  readonly pairs: number;
  readonly nodeFlags: readonly string[];
  onSample(peer: Peer, round: number, sample: Sample): void;
}

/** By the peer's name, one sample for each round. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

export async function runRounds(workload: Workload, peers: readonly Peer[], options: RoundsOptions): Promise<Samples> {
  const rounds = Math.min(options.pairs, workload.maxPairs ?? options.pairs);
  const samples = new Map<string, Sample[]>(peers.map(({ name }) => [name, []]));
  const take = async (peer: Peer, round: number, measure: () => Promise<Sample>): Promise<void> => {
    const sample = await measure().catch(failed);
    samples.get(peer.name)!.push(sample);
    options.onSample(peer, round, sample);
  };
  const inRounds = async (turn: (peer: Peer) => () => Promise<Sample>): Promise<void> => {
    for (let round = 0; round < rounds; round++) for (const peer of peers) await take(peer, round, turn(peer));
  };

  if (workload.isFresh === true) {
    await inRounds((peer) => async () => {
      const running = await peer.start(options);
      return workload.measure({ peer, running }, options).finally(() => running.stop());
    });
    return samples;
  }
  const entrants = new Map<Peer, Entrant | Sample>();
  try {
    for (const peer of peers) entrants.set(peer, await entrantOf(peer, options));
    await inRounds((peer) => async () => {
      const entrant = entrants.get(peer)!;
      return 'running' in entrant ? workload.measure(entrant, options) : entrant;
    });
  } finally {
    for (const entrant of entrants.values()) if ('running' in entrant) await entrant.running.stop();
  }
  return samples;
}

/** The running peer, or what is to be said of it in every round. */
const entrantOf = (peer: Peer, options: RoundsOptions): Promise<Entrant | Sample> =>
  peer.start(options).then((running) => ({ peer, running }), failed);

const failed = (error: unknown): Sample => ({
  figures: {},
  faultTexts: [error instanceof Error ? error.message : String(error)],
});
