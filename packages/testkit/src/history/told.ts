// Which gaps tell of a lost entry. A run may lose hundreds of thousands of acknowledged messages and tell thousands of
// gaps: they are looked through from the time of the acknowledgement on, where the first one mostly answers.

import { isBelow, type ChainNode } from './chain.ts';
import type { GapTold } from './history-event.ts';
import type { RoomRecord } from './history-model.ts';

/** A gap with its range as numbers, in the order of the time line. */
interface Range {
  readonly gap: GapTold;
  readonly from: Place;
  readonly to: Place | null;
  /** Of a rewrite: what is gone, and with it all that followed. */
  readonly heads: readonly ChainNode[];
  /** Of a rewrite that a reader found itself: where it goes on, whatever was lost behind it meanwhile. */
  readonly fork: ChainNode | null;
  /** A control entry lies in the range of a gap that is no rewrite: it takes the note of one away. */
  readonly controls: readonly ChainNode[];
}

interface Place {
  readonly ms: number;
  readonly n: number;
}

const placeOf = (id: string): Place => {
  const [ms, n] = id.split('-').map(Number) as [number, number];
  return { ms, n };
};

const isAfter = (a: Place, b: Place): boolean => a.ms > b.ms || (a.ms === b.ms && a.n > b.n);

export class ToldGaps {
  readonly #all: readonly Range[];
  readonly #bySession = new Map<string, Range[]>();
  readonly #slackMs: number;

  constructor(room: RoomRecord, slackMs: number) {
    this.#slackMs = slackMs;
    this.#all = room.gaps.map((gap) => rangeOf(room, gap));
    for (const range of this.#all) {
      const own = this.#bySession.get(range.gap.session);
      if (own === undefined) this.#bySession.set(range.gap.session, [range]);
      else own.push(range);
    }
  }

  /** Somebody was told of a range that holds the entry, not before it was acknowledged. */
  isNamed(node: ChainNode, atMs: number): boolean {
    return this.#some(this.#all, atMs, (range) => isIn(range, node));
  }

  /** This session was told of the entry, or of a rewrite from before it, or lost the note of it with others. */
  isTold(session: string, node: ChainNode, atMs: number): boolean {
    return this.#some(this.#bySession.get(session) ?? [], atMs, (range) => isAbout(range, node));
  }

  #some(ranges: readonly Range[], atMs: number, test: (range: Range) => boolean): boolean {
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ranges[middle]!.gap.atMs + this.#slackMs >= atMs) high = middle;
      else low = middle + 1;
    }
    for (let at = low; at < ranges.length; at++) if (test(ranges[at]!)) return true;
    return false;
  }
}

function rangeOf(room: RoomRecord, gap: GapTold): Range {
  const range = {
    gap,
    from: placeOf(gap.from),
    to: gap.to === null ? null : placeOf(gap.to),
    heads: gap.reason === 'rewritten' ? room.chain.withId(gap.to ?? '') : [],
    fork: gap.reason === 'rewritten' && gap.next.startsWith(`${gap.from}~`) ? room.chain.at(gap.next) : null,
  };
  const controls = gap.reason === 'rewritten' ? [] : room.chain.controls.filter((node) => isIn(range, node));
  return { ...range, controls };
}

const isIn = ({ gap, from, to }: Omit<Range, 'controls'>, node: ChainNode): boolean =>
  gap.reason === 'lost' || (to !== null && isAfter(node, from) && !isAfter(node, to));

const isAbout = (range: Range, node: ChainNode): boolean =>
  isIn(range, node) ||
  range.heads.some((head) => isBelow(node, head) === true) ||
  (range.fork !== null && isBelow(node, range.fork) === true) ||
  range.controls.some((control) => control.ms >= node.ms);
