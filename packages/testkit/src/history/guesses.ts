// Predecessors that no stream read showed, and the final history where it was trimmed before anybody looked. Guessed
// from what members saw and from the time at which entries were stored; a read's own word always stands above a guess.

import { isAfter, type ChainNode } from './chain.ts';
import type { RoomRecord, Track } from './history-model.ts';

/** Where no read saw an entry, the one that a member had just before it is taken as its predecessor if the counts agree. */
export function guessPrevious({ nodes }: Track): void {
  let before: ChainNode | null = null;
  for (const node of nodes) {
    if (
      node !== null &&
      node.previous === null &&
      before !== null &&
      node.n === before.n + 1 &&
      isAfter(node, before)
    ) {
      node.previous = before;
    }
    before = node;
  }
}

/** Where that does not help either, the entry that was stored last before it, if it counts one less. */
export function guessByTime(room: RoomRecord): void {
  const sorted = allNodes(room);
  for (const [at, node] of sorted.entries()) {
    if (node.previous !== null || node === room.chain.root) continue;
    const before = newestBefore(node, sorted, at);
    if (before !== null && before.n === node.n - 1) node.previous = before;
  }
}

/** All known entries, by the time at which they were stored. */
function allNodes(room: RoomRecord): ChainNode[] {
  const nodes = [room.chain.root, ...room.chain.controls];
  for (const message of room.messages.values()) for (const node of message.nodes) nodes.push(node);
  return nodes.sort((a, b) => a.ms - b.ms || a.n - b.n);
}

/** The newest entry that counts less: whatever was lost had been stored earlier. */
function newestBefore(node: ChainNode, sorted: readonly ChainNode[], index: number): ChainNode | null {
  for (let at = index - 1; at >= 0; at--) if (sorted[at]!.n < node.n) return sorted[at]!;
  return null;
}

/** Where a predecessor is not known (it was trimmed before anybody looked), the final history goes on with the newest before. */
export function markFinal(room: RoomRecord): void {
  const read = room.finalRead;
  if (read === null) return;
  let sorted: ChainNode[] | null = null;
  let node: ChainNode | null = read.position ?? read.last;
  while (node !== null && !node.isOnFinal) {
    node.isOnFinal = true;
    room.finalStart = node;
    if (node.previous === null && node !== room.chain.root) {
      sorted ??= allNodes(room);
      node = newestBefore(node, sorted, indexOf(node, sorted));
    } else node = node.previous;
  }
}

/** How many of the entries were stored before this one. */
function indexOf(node: ChainNode, sorted: readonly ChainNode[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAfter(node, sorted[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
