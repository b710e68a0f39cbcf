// What a run has found, as data: this is also what results.json holds. Figures that a peer has not are null there.

import { median, pairedRatio } from '../measure/statistics.ts';
import type { Column, Sample } from '../workloads/workload.ts';

export interface WorkloadResult {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  /** By the peer's name, one sample for each round. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

export interface PeerRow {
  readonly name: string;
  readonly title: string;
  readonly setUp: string;
}

export interface Machine {
  readonly command: string;
  readonly at: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  /** Name and version of everything that took part. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface Results {
  readonly machine: Machine;
  readonly peers: readonly PeerRow[];
  readonly workloads: readonly WorkloadResult[];
}

const figuresOf = (result: WorkloadResult | undefined, peer: string, key: string): readonly number[] =>
  (result?.samples[peer] ?? []).map(({ figures }) => figures[key] ?? Number.NaN);

const find = (results: Results, workload: string): WorkloadResult | undefined =>
  results.workloads.find(({ name }) => name === workload);

/** The median over the rounds; NaN when the peer has no such figure in every round. */
export function medianOf(result: WorkloadResult | undefined, peer: string, key: string): number {
  const values = figuresOf(result, peer, key);
  return values.some((value) => Number.isNaN(value)) ? Number.NaN : median(values);
}

/** What must be zero is summed: a median would hide one bad round. */
export const totalOf = (result: WorkloadResult, peer: string, key: string): number =>
  figuresOf(result, peer, key).reduce((sum, value) => sum + value, 0);

/** The rounds in which both delivered what was due: at another rate the cost of a delivery is another. */
export function heldPairs(result: WorkloadResult | undefined, peer: string, to: string): readonly number[] {
  const isHeld = (name: string, round: number): boolean => {
    const sample = result?.samples[name]?.[round];
    return sample !== undefined && sample.figures['isHeld'] !== 0;
  };
  return (result?.samples[peer] ?? []).map((_, i) => i).filter((i) => isHeld(peer, i) && isHeld(to, i));
}

/** The median of the ratios of these rounds, of one peer to another; NaN when there is none. */
export function ratioIn(result: WorkloadResult | undefined, key: string, peer: string, to: string): number {
  const [ours, theirs] = [figuresOf(result, peer, key), figuresOf(result, to, key)];
  const pairs = heldPairs(result, peer, to);
  return pairedRatio(
    pairs.map((i) => ours[i]!),
    pairs.map((i) => theirs[i]!),
  );
}

export const ratioOf = (results: Results, workload: string, key: string, peer: string, to: string): number =>
  ratioIn(find(results, workload), key, peer, to);

export const figureOf = (results: Results, workload: string, key: string, peer: string): number =>
  medianOf(find(results, workload), peer, key);
