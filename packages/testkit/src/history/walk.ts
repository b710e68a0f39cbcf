// Second pass, for what one session saw in one room: follows its deliveries and gaps along the chain of entries. It may
// pass without a word over control entries whose rewrite it was told of, and, once it was told that history was rewritten, over
// messages that it has had already. Everything else that it did not get must be named by a gap. Serves G1, G3.2, G4.

import { cursorText, forkOf, isAfter, type ChainNode } from './chain.ts';
import type { CheckContext } from './check-context.ts';
import { judgeGap } from './gaps.ts';
import type { GapTold, HistoryEvent } from './history-event.ts';
import { eventAt, isReplayed, seqOf, type Track } from './history-model.ts';
import type { ShownRule } from './rules.ts';

/** A client remembers so many places for repeats behind a rewrite (docs/GUARANTEES.md, G3.2). */
export const REMEMBERED_PLACES = 512;

export interface Told {
  readonly gap: GapTold;
  readonly index: number;
}

export class Walk {
  readonly context: CheckContext;
  readonly track: Track;
  readonly number: number;
  /** Where the session stands; null before it is known. */
  at: ChainNode | null = null;
  /** Index in the track of the event that brought it there. */
  atIndex = -1;
  /** Gaps `rewritten` and `lost` that it was told, oldest first. */
  readonly told: Told[] = [];
  lastGap: Told | null = null;
  /** Own deliveries and gaps so far: the places that a client remembers. */
  place = 0;
  state: string | null = null;
  /** Indexes in the track at which the room was not live. */
  readonly #unsettled: number[] = [];

  constructor(context: CheckContext, track: Track, number: number) {
    this.context = context;
    this.track = track;
    this.number = number;
  }

  run(): void {
    const { nodes, events } = this.track;
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index] ?? null;
      if (node !== null) this.#deliver(node, index);
      else this.#note(events.get(index)!, index);
    }
  }

  #note(event: HistoryEvent, index: number): void {
    if (event.kind === 'member-placed' && this.at === null) {
      this.moveTo(this.track.room.chain.at(event.cursor), index);
    }
    if (event.kind === 'room-state') {
      this.state = event.state;
      if (event.state !== 'live') this.#unsettled.push(index);
    }
    if (event.kind !== 'gap-told') return;
    judgeGap(this, event, index);
    const told = { gap: event, index };
    this.lastGap = told;
    if (event.reason === 'rewritten' || event.reason === 'lost') this.told.push(told);
  }

  moveTo(node: ChainNode | null, index: number): void {
    if (node !== null) {
      this.at = node;
      this.atIndex = index;
    }
    this.place += 1;
  }

  /** Whether this session has had the entry. */
  hasSeen(node: ChainNode): boolean {
    return node.walk === this.number;
  }

  /** May be passed without a word. */
  isSilent(node: ChainNode): boolean {
    if (node.isControl) return true;
    return this.told.length > 0 && node.message !== null && node.message.walk === this.number;
  }

  /**
   * Whether one comes from `at` to `target` over nothing but what may be passed silently; the control entries on the way
   * are entered in `controls`.
   */
  reaches(target: ChainNode, controls: ChainNode[] = []): boolean {
    let node: ChainNode | null = target;
    while (node !== null && node !== this.at && this.isSilent(node)) {
      if (node.isControl) controls.push(node);
      node = node.previous;
    }
    return node !== null && node === this.at;
  }

  /** The connection, or the membership, was interrupted between two places of the track. */
  isInterrupted(fromIndex: number, toIndex: number): boolean {
    const [from, to] = [seqOf(this.track, fromIndex), seqOf(this.track, toIndex)];
    return hasBetween(this.track.session.interruptions, from, to) || hasBetween(this.#unsettled, fromIndex, toIndex);
  }

  /** What led here, for a counter-example: the event that the session stands on, and this one. */
  shown(index: number): HistoryEvent[] {
    return this.atIndex < 0 || this.atIndex === index
      ? [eventAt(this.track, index)]
      : [eventAt(this.track, this.atIndex), eventAt(this.track, index)];
  }

  #deliver(node: ChainNode, index: number): void {
    const { findings, counts } = this.context;
    findings.tested('G1.1');
    findings.tested('G3.2');
    findings.tested('G4.1');
    if (this.atIndex >= 0 && this.isInterrupted(this.atIndex, index)) findings.tested('G2.3');
    const isStep = this.#isBoundary(index);
    if (isStep) findings.tested('G1.3');
    if (this.#isDouble(node, index, isStep)) {
      counts.doubled += 1;
      return;
    }
    if (this.at !== null && node.previous !== this.at) this.#judgeJump(this.at, node, index, isStep);
    if (this.at === null || isAfter(node, this.at)) {
      this.at = node;
      this.atIndex = index;
    }
    node.walk = this.number;
    this.place += 1;
    node.place = index;
    const { message } = node;
    if (message === null) return;
    message.walk = this.number;
    message.seen = node;
    message.place = this.place;
    if (message.ack?.node === node && message.ack.session === this.track.session) message.isSeenBySender = true;
  }

  #isDouble(node: ChainNode, index: number, isStep: boolean): boolean {
    const { message } = node;
    if (message?.walk !== this.number || message.seen === null) return false;
    const before = message.seen;
    const distance = this.place - message.place;
    if (this.told.length > 0 && distance > REMEMBERED_PLACES) {
      this.context.counts.repeatsBeyondMemory += 1;
      return false;
    }
    const isSame = before === node;
    const rule: ShownRule = isStep && isSame ? 'G1.3' : isSame || this.told.length > 0 ? 'G3.2' : 'G3.1';
    const what = isSame
      ? `${node.messageId} at ${node.id} was delivered twice to ${this.track.session.name}`
      : `${node.messageId} was delivered to ${this.track.session.name} at ${before.id} and again at ${node.id}`;
    this.context.findings.violate(rule, what, () => [eventAt(this.track, before.place), eventAt(this.track, index)]);
    return true;
  }

  /** The first live message behind replayed ones. */
  #isBoundary(index: number): boolean {
    return this.atIndex >= 0 && isReplayed(this.track, this.atIndex) && !isReplayed(this.track, index);
  }

  #judgeJump(at: ChainNode, node: ChainNode, index: number, isStep: boolean): void {
    const { findings, counts } = this.context;
    const { name } = this.track.session;
    if (!isAfter(node, at)) {
      counts.reordered += 1;
      const what = `${name} got ${node.id} after ${at.id}`;
      findings.violate(isStep ? 'G1.3' : 'G1.1', what, () => this.shown(index));
      return;
    }
    const controls: ChainNode[] = [];
    if (this.reaches(node.previous ?? node, controls)) {
      this.passControls(controls, index);
      return;
    }
    // Nothing says what stands before it: the count alone has to do, over control entries that are known.
    if (node.previous === null && (node.n === at.n + 1 || this.#isBehindControl(node))) return;
    counts.missingGaps += 1;
    this.#blameJump(at, node, index, isStep);
  }

  #isBehindControl(node: ChainNode): boolean {
    return this.track.room.chain.controls.some((control) => control.n === node.n - 1 && this.reaches(control));
  }

  /** G4.8: whoever passes a control entry in silence was told of a rewrite before. */
  passControls(controls: readonly ChainNode[], index: number): void {
    for (const control of controls) {
      this.context.findings.tested('G4.8');
      const isTold = this.told.some(({ gap }) => this.#isAbout(gap, control));
      if (isTold) continue;
      this.context.counts.missingGaps += 1;
      this.context.findings.violate(
        'G4.8',
        `${this.track.session.name} passed the control entry ${control.id} and was never told of the rewrite`,
        () => [...this.shown(index), this.context.readShowing(this.track.room, [control])],
      );
    }
  }

  /** Ranges of one rewrite overlap, whoever found it; where the control entry's range is not known, any rewrite will do. */
  #isAbout(gap: GapTold, control: ChainNode): boolean {
    if (control.rewrite === null) return true;
    const { chain } = this.track.room;
    const [fork, head] = [chain.at(control.rewrite.fork), chain.at(control.rewrite.head)];
    if (fork === null || head === null) return true;
    const zero = chain.root;
    const from = gap.reason === 'lost' ? zero : (chain.withId(gap.from)[0] ?? zero);
    const to = gap.reason === 'lost' ? chain.withId(gap.from)[0] : chain.withId(gap.to ?? gap.from)[0];
    return to === undefined || (isAfter(head, from) && isAfter(to, fork));
  }

  #blameJump(at: ChainNode, node: ChainNode, index: number, isStep: boolean): void {
    const { room, session } = this.track;
    const [rule, why] = this.#ruleOfJump(at, node, index, isStep);
    const missing = this.#missing(at, node);
    this.context.counts.skipped += Math.max(1, node.n - at.n - 1);
    this.context.findings.violate(
      rule,
      `${session.name} went from ${cursorText(at)} to ${cursorText(node)}: ${why}`,
      () => [...this.shown(index), this.context.readShowing(room, missing === null ? [node] : [missing, node])],
    );
  }

  #ruleOfJump(at: ChainNode, node: ChainNode, index: number, isStep: boolean): [ShownRule, string] {
    const fork = forkOf(at, node);
    const { chain } = this.track.room;
    const isElsewhere = fork === null ? node.n <= at.n || (node.n === at.n + 1 && node.previous !== null) : fork !== at;
    if (isElsewhere) {
      if (!this.context.hasRewrites(this.track.room)) return ['G1.1', 'others saw another message before it'];
      return fork === chain.root
        ? ['G4.4', 'nothing of what it had seen was left, and it was not told']
        : ['G4.5', `history was replaced behind ${fork?.id ?? 'an unknown place'}, and it was not told`];
    }
    if (isStep) return ['G1.3', 'messages between catching up and live are missing without a gap'];
    const missing = this.#missing(at, node);
    const isKept = missing !== null && missing.lastRead >= this.context.readAfter(this.track, index);
    if (isKept && this.isInterrupted(this.atIndex, index))
      return ['G2.3', 'it came back and did not get all that is kept'];
    return ['G4.1', 'what lies between is missing without a gap'];
  }

  /** An entry that was passed over, if one is known. */
  #missing(at: ChainNode, node: ChainNode): ChainNode | null {
    let found: ChainNode | null = null;
    for (let before = node.previous; before !== null && before !== at && before.n > at.n; before = before.previous) {
      if (!before.isControl) found = before;
    }
    return found;
  }
}

/** Whether one of the ascending numbers lies between the two, both exclusive. */
function hasBetween(numbers: readonly number[], from: number, to: number): boolean {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! > from) high = middle;
    else low = middle + 1;
  }
  return low < numbers.length && numbers[low]! < to;
}
