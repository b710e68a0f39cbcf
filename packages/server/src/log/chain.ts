/**
 * Hop 5/8: which of the entries read from a stream are the room's (G6.2), pure. Whatever was added by hand and
 * still looks like an entry does not fit into the chain of predecessors; the entries that fit together, from the
 * reader's cursor to the position, are ours.
 */
import {
  compareStreamIds,
  countOf,
  formatCursor,
  type Cursor,
  type CursorParts,
  type StreamId,
} from '@holdline/protocol';
import { cursorOf, type Entry } from './entry.ts';

const idOf = (cursor: Cursor): StreamId => cursor.slice(0, cursor.indexOf('~')) as StreamId;

/** How well an entry that names `named` stands behind `cursor`: directly, behind a hole, or not at all. */
function fit(cursor: Cursor, named: Cursor): 'linked' | 'hole' | null {
  if (cursor === named) return 'linked';
  const [at, until] = [idOf(cursor), idOf(named)];
  return compareStreamIds(until, at) > 0 && countOf(until) > countOf(at) ? 'hole' : null;
}

/**
 * The entries that make the best chain, in order.
 *
 * @param start - where the reader stands; its history may have been replaced, so nothing must fit it
 * @param end - the position, which the last entry must fit, where the read reaches the end of the stream
 * @param isLinked - each entry is known to name the one before
 */
export function onChain(
  entries: readonly Entry[],
  start: CursorParts,
  end: Cursor | null,
  isLinked: boolean,
): readonly Entry[] {
  const last = entries.at(-1);
  const isEndFitting = last === undefined || end === null || fit(cursorOf(last), end) !== null;
  const isWhole = isEndFitting && (isLinked || entries.every(fitsItsPredecessor));
  return isWhole ? entries : bestChain(entries, start, end);
}

const fitsItsPredecessor = (entry: Entry, i: number, entries: readonly Entry[]): boolean =>
  i === 0 || fit(cursorOf(entries[i - 1]!), entry.previous) !== null;

interface Best {
  readonly score: number;
  /** The entry before in the best chain that ends here; -1 where it begins. */
  readonly before: number;
}

/** Weighs more entries over more links, and both over a start that fits. Quadratic, but only where somebody meddled. */
function bestChain(entries: readonly Entry[], start: CursorParts, end: Cursor | null): readonly Entry[] {
  const from = formatCursor(start.id, start.messageId ?? '');
  const best: Best[] = [];
  for (const [i, entry] of entries.entries()) {
    let chosen: Best = { score: 8 + scoreOf(fit(from, entry.previous)), before: -1 };
    for (let before = 0; before < i; before++) {
      const fitting = fit(cursorOf(entries[before] as Entry), entry.previous);
      const score = (best[before]?.score ?? 0) + 8 + 2 * scoreOf(fitting);
      if (fitting !== null && score > chosen.score) chosen = { score, before };
    }
    best.push(chosen);
  }
  let [last, highest] = [-1, 0];
  for (const [i, entry] of entries.entries()) {
    const fitting = end === null ? 'hole' : fit(cursorOf(entry), end);
    const score = (best[i] as Best).score + 2 * scoreOf(fitting);
    // Of two that are as good, the later one: an entry by hand was there when ours came, and ours did not name it.
    if (fitting !== null && score >= highest) [last, highest] = [i, score];
  }
  const chain: Entry[] = [];
  for (; last >= 0; last = (best[last] as Best).before) chain.push(entries[last] as Entry);
  return chain.reverse();
}

const scoreOf = (fitting: ReturnType<typeof fit>): number => (fitting === 'linked' ? 2 : fitting === 'hole' ? 1 : 0);
