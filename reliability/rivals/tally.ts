// Counts for one subscriber what was lost, doubled and reordered, the same way for every system. Pure.

import type { Numbered } from './rival.ts';

export interface Tally {
  /** Accepted by the system, and never delivered. */
  readonly lost: number;
  /** Deliveries beyond the first of a message. */
  readonly doubled: number;
  /** First deliveries behind a later message of the same publisher. */
  readonly reordered: number;
}

const keyOf = ({ from, n }: Numbered): string => `${from}:${n}`;

export function tally(accepted: readonly Numbered[], delivered: readonly Numbered[]): Tally {
  const seen = new Set<string>();
  const newest = new Map<number, number>();
  let [doubled, reordered] = [0, 0];
  for (const message of delivered) {
    if (seen.has(keyOf(message))) {
      doubled += 1;
      continue;
    }
    seen.add(keyOf(message));
    const before = newest.get(message.from) ?? -1;
    if (message.n < before) reordered += 1;
    newest.set(message.from, Math.max(before, message.n));
  }
  return { lost: accepted.filter((message) => !seen.has(keyOf(message))).length, doubled, reordered };
}

/** Of the neighbours that one reader saw, how many the other saw the other way round. */
export function oppositeNeighbours(one: readonly Numbered[], other: readonly Numbered[]): number {
  const places = new Map(other.map((message, place) => [keyOf(message), place]));
  let opposite = 0;
  for (let i = 1; i < one.length; i++) {
    const [before, after] = [places.get(keyOf(one[i - 1]!)), places.get(keyOf(one[i]!))];
    if (before !== undefined && after !== undefined && before > after) opposite += 1;
  }
  return opposite;
}
