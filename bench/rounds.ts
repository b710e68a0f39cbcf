// Peers take turns on the same work (A B A B …), so that what the machine does meanwhile meets all of them. Their servers run from the
// first round to the last, the one whose turn it is not without clients; or are fresh for each turn, where a workload asks for that.

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
  const take = async (entrant: Entrant, round: number): Promise<void> => {
    const sample = await workload.measure(entrant, options);
    samples.get(entrant.peer.name)!.push(sample);
    options.onSample(entrant.peer, round, sample);
  };
  const inRounds = async (turn: (peer: Peer, round: number) => Promise<void>): Promise<void> => {
    for (let round = 0; round < rounds; round++) for (const peer of peers) await turn(peer, round);
  };

  if (workload.isFresh === true) {
    await inRounds((peer, round) => withPeers([peer], options.nodeFlags, ([entrant]) => take(entrant!, round)));
    return samples;
  }
  await withPeers(peers, options.nodeFlags, (entrants) =>
    inRounds((peer, round) =>
      take(
        entrants.find((entrant) => entrant.peer === peer)!,
        round,
      ),
    ),
  );
  return samples;
}

/** Starts all, hands them to `body`, and ends all whatever happens. */
async function withPeers<T>(
  peers: readonly Peer[],
  nodeFlags: readonly string[],
  body: (entrants: readonly Entrant[]) => Promise<T>,
): Promise<T> {
  const entrants: Entrant[] = [];
  try {
    for (const peer of peers) entrants.push({ peer, running: await peer.start({ nodeFlags }) });
    return await body(entrants);
  } finally {
    await Promise.all(entrants.map(({ running }) => running.stop()));
  }
}
