// A workload measures one peer at a time and answers with figures by name; what they are called and how they are printed, its columns say.

import type { Settled } from '../clients/load-calls.ts';
import type { Peer, RunningPeer } from '../peers/peer.ts';

export interface Entrant {
  readonly peer: Peer;
  readonly running: RunningPeer;
}

export interface Sample {
  /** NaN where the peer has no such thing. */
  readonly figures: Readonly<Record<string, number>>;
  /** What must not happen and did. */
  readonly faultTexts: readonly string[];
}

export interface Column {
  readonly key: string;
  readonly heading: string;
  /** @defaultValue 0 */
  readonly digits?: number;
}

export interface Scale {
  readonly warmUpMs: number;
  readonly windowMs: number;
  readonly isFull: boolean;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  /** Every measurement has servers of its own: what an earlier one left would show. @defaultValue false */
  readonly isFresh?: boolean;
  /** Left out of the short form, unless it is named. @defaultValue false */
  readonly isLong?: boolean;
  /** Rounds, where more than so many would only cost time. */
  readonly maxPairs?: number;
  /** Only these peers. */
  readonly peers?: readonly string[];
  measure(entrant: Entrant, scale: Scale): Promise<Sample>;
}

let measurements = 0;

/** A name for the rooms of one measurement, so that none meets what an earlier one left. */
export function freshRooms(): string {
  measurements += 1;
  return `r${process.pid}-${measurements}`;
}

export const LOSS_COLUMNS: readonly Column[] = [
  { key: 'lost', heading: 'lost' },
  { key: 'doubled', heading: 'doubled' },
  { key: 'reordered', heading: 'out of order' },
];

export const lossOf = ({ counts, strays, unacked, faults }: Settled): Readonly<Record<string, number>> => ({
  lost: counts.lost,
  doubled: counts.doubled,
  reordered: counts.reordered,
  strays,
  unacked,
  faults,
});
