// What is known of the entries of one room, over all its histories: a tree of entries, each below the one that it names as
// its predecessor. After a rollback two entries have the same predecessor; after the loss of everything a new line
// starts at the root. Stream reads say who precedes whom; where none saw an entry, what members saw one after the other does.

import type { StreamEntry } from './history-event.ts';
import type { MessageRecord } from './history-model.ts';

export interface ChainNode {
  readonly id: string;
  readonly ms: number;
  /** How many entries the history held with this one. */
  readonly n: number;
  readonly messageId: string;
  /** Null at the root, and where nothing tells. */
  previous: ChainNode | null;
  isControl: boolean;
  rewrite: NonNullable<StreamEntry['rewrite']> | null;
  digest: string | null;
  sender: string | null;
  /** Index of the first and last stream read that showed it; -1 for none. */
  firstRead: number;
  lastRead: number;
  /** In the history that the last stream read of the run ended with, kept or not. */
  isOnFinal: boolean;
  isDelivered: boolean;
  message: MessageRecord | null;
  /** The walk that passed it last, and the place it had there. */
  walk: number;
  place: number;
  /** Another entry with the same stream ID, of another history. */
  readonly sameId: ChainNode | null;
}

export const isAfter = (a: ChainNode, b: ChainNode): boolean => a.ms > b.ms || (a.ms === b.ms && a.n > b.n);

export const cursorText = (node: ChainNode): string => `${node.id}~${node.messageId}`;

/** Control entries carry it in their message ID, so a cursor alone tells what stands there. */
const CONTROL_PREFIX = 'rewritten-';

export class Chain {
  readonly root: ChainNode;
  /** Every control entry that is known, from reads or from cursors. */
  readonly controls: ChainNode[] = [];
  readonly #byId = new Map<string, ChainNode>();

  constructor() {
    this.root = this.node('0-0', '');
  }

  node(id: string, messageId: string): ChainNode {
    const first = this.#byId.get(id) ?? null;
    for (let node = first; node !== null; node = node.sameId) if (node.messageId === messageId) return node;
    const dash = id.indexOf('-');
    const n = Number(id.slice(dash + 1));
    const node: ChainNode = {
      id,
      ms: Number(id.slice(0, dash)),
      n,
      messageId,
      previous: n === 1 ? this.root : null,
      isControl: messageId.startsWith(CONTROL_PREFIX),
      rewrite: null,
      digest: null,
      sender: null,
      firstRead: -1,
      lastRead: -1,
      isOnFinal: false,
      isDelivered: false,
      message: null,
      walk: 0,
      place: 0,
      sameId: first,
    };
    if (node.isControl) this.controls.push(node);
    this.#byId.set(id, node);
    return node;
  }

  /** A bare stream ID stands for the entry known by it; null when none is. */
  at(cursor: string): ChainNode | null {
    const tilde = cursor.indexOf('~');
    return tilde < 0 ? (this.#byId.get(cursor) ?? null) : this.node(cursor.slice(0, tilde), cursor.slice(tilde + 1));
  }

  /** All that carry this stream ID. */
  withId(id: string): ChainNode[] {
    const found: ChainNode[] = [];
    for (let node = this.#byId.get(id) ?? null; node !== null; node = node.sameId) found.push(node);
    return found;
  }

  /** Enters what a stream read showed; the read's own word on the predecessor stands above any guess. */
  read(entry: StreamEntry, read: number): ChainNode {
    const node = this.node(entry.id, entry.messageId);
    node.previous = this.at(entry.previous);
    if (entry.isControl && !node.isControl) this.controls.push(node);
    node.isControl ||= entry.isControl;
    node.rewrite ??= entry.rewrite ?? null;
    node.digest = entry.digest;
    node.sender = entry.sender;
    if (node.firstRead < 0) node.firstRead = read;
    node.lastRead = read;
    return node;
  }
}

/** Null when it is not known that one of them comes after the other in the same history. */
export function isBelow(node: ChainNode, ancestor: ChainNode): boolean | null {
  if (node.isOnFinal && ancestor.isOnFinal) return node.n >= ancestor.n;
  let at: ChainNode | null = node;
  while (at !== null && at.n > ancestor.n) at = at.previous;
  return at === null ? null : at === ancestor;
}

/** The newest entry that both have behind them; null where it is not known. */
export function forkOf(a: ChainNode, b: ChainNode): ChainNode | null {
  let [left, right]: [ChainNode | null, ChainNode | null] = [a, b];
  while (left !== null && right !== null && left !== right) {
    if (left.n >= right.n) left = left.previous;
    else right = right.previous;
  }
  return left === null ? null : right;
}
