// Peers take turns on the same work (A B A B …), so that what the machine does meanwhile meets all of them. Their servers run from the
// first round to the last; the one whose turn it is not has no clients.

import type { Peer, RunningPeer } from './peers/peer.ts';

export interface Entrant {
  readonly peer: Peer;
  readonly running: RunningPeer;
}

/** Starts all, hands them to `body`, and ends all whatever happens. */
export async function withPeers<T>(
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

/** One sample of each peer in each round, by the peer's name. */
export async function inRounds<T>(
  entrants: readonly Entrant[],
  rounds: number,
  measure: (entrant: Entrant, round: number) => Promise<T>,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const samples = new Map<string, T[]>(entrants.map(({ peer }) => [peer.name, []]));
  for (let round = 0; round < rounds; round++)
    for (const entrant of entrants) samples.get(entrant.peer.name)!.push(await measure(entrant, round));
  return samples;
}
