// What the parts of the checker share: findings, counts, and a few questions about the run as a whole.

import type { ChainNode } from './chain.ts';
import type { Findings } from './findings.ts';
import type { HistoryEvent } from './history-event.ts';
import { firstReadAfter, readEvent, seqOf, type HistoryModel, type RoomRecord, type Track } from './history-model.ts';
import type { CheckOptions } from './check-history.ts';
import { ToldGaps } from './told.ts';

export interface Counts {
  events: number;
  sessions: number;
  faults: number;
  invoked: number;
  acknowledged: number;
  rejected: number;
  unknown: number;
  /** Left without an answer by a page that died, where nothing shows that the outbox had them. */
  unanswered: number;
  delivered: number;
  /** Acknowledged, gone, and somebody who had to be told was not. */
  lost: number;
  /** Acknowledged, gone, and named by gaps `rewritten` or `lost`. */
  lostAndTold: number;
  /** Those of them that are in the range of nobody's gap: nobody was there who had seen them. */
  lostNotNamed: number;
  /** Acknowledged and later removed by retention or by hand. */
  removed: number;
  /** Acknowledged before all that any read or member shows; taken as trimmed. */
  assumedTrimmed: number;
  doubled: number;
  /** Delivered again behind a rewrite, from further back than a client remembers: allowed. */
  repeatsBeyondMemory: number;
  reordered: number;
  gaps: number;
  falseGaps: number;
  missingGaps: number;
  /** Entries that a member passed over without a gap. */
  skipped: number;
  /** Gaps whose range or reason no read can confirm or deny. */
  unverifiedGaps: number;
}

export const newCounts = (): Counts => ({
  events: 0,
  sessions: 0,
  faults: 0,
  invoked: 0,
  acknowledged: 0,
  rejected: 0,
  unknown: 0,
  unanswered: 0,
  delivered: 0,
  lost: 0,
  lostAndTold: 0,
  lostNotNamed: 0,
  removed: 0,
  assumedTrimmed: 0,
  doubled: 0,
  repeatsBeyondMemory: 0,
  reordered: 0,
  gaps: 0,
  falseGaps: 0,
  missingGaps: 0,
  skipped: 0,
  unverifiedGaps: 0,
});

/** Names of faults that remove entries by hand. */
const REMOVING = /delet|flush|trim|del\b|unlink/i;

export class CheckContext {
  readonly model: HistoryModel;
  readonly findings: Findings;
  readonly options: CheckOptions;
  readonly counts = newCounts();
  readonly #told = new Map<RoomRecord, ToldGaps>();
  readonly #lossyUntilMs: number;
  readonly #harmlessUntilMs: number;
  readonly #removingFromMs: number;

  constructor(model: HistoryModel, findings: Findings, options: CheckOptions) {
    this.model = model;
    this.findings = findings;
    this.options = options;
    let [lossy, harmless, removing] = [-Infinity, -Infinity, Infinity];
    for (const { started, ended } of model.faults.values()) {
      const untilMs = (ended?.atMs ?? Infinity) + options.recordingSlackMs;
      if (started.detail['mayLose'] === false) harmless = Math.max(harmless, untilMs);
      else lossy = Math.max(lossy, untilMs);
      if (REMOVING.test(started.fault)) removing = Math.min(removing, started.atMs);
    }
    [this.#lossyUntilMs, this.#harmlessUntilMs, this.#removingFromMs] = [lossy, harmless, removing];
  }

  /** A fault after which Redis may have forgotten what it confirmed was under way at this time, or came later. */
  mayBeLost(atMs: number): boolean {
    return atMs <= this.#lossyUntilMs;
  }

  /** A fault through which Redis keeps everything was under way at this time, or came later. */
  mustSurvive(atMs: number): boolean {
    return atMs <= this.#harmlessUntilMs;
  }

  /** Somebody had begun to remove entries by hand. */
  isRemovedByHand(atMs: number): boolean {
    return atMs >= this.#removingFromMs;
  }

  /** Whether there is any sign that the room's history was replaced. */
  hasRewrites(room: RoomRecord): boolean {
    return room.rewrites.length > 0 || this.#lossyUntilMs > -Infinity;
  }

  toldGaps(room: RoomRecord): ToldGaps {
    let told = this.#told.get(room);
    if (told === undefined) {
      told = new ToldGaps(room, this.options.recordingSlackMs);
      this.#told.set(room, told);
    }
    return told;
  }

  /** Index of the first stream read behind this place of a track. */
  readAfter(track: Track, index: number): number {
    return firstReadAfter(track.room, seqOf(track, index));
  }

  /**
   * A read behind this place of the track shows the entry. A later rewrite may bring back what had been trimmed, so once
   * one was told only the first read counts.
   */
  isKept(node: ChainNode, track: Track, index: number): boolean {
    const read = this.readAfter(track, index);
    const { reads, rewrites } = track.room;
    const first = reads[read];
    if (first === undefined || node.lastRead < read) return false;
    const [from, newest] = [seqOf(track, index), rewrites.at(-1)?.seq ?? -1];
    if (newest <= from) return true;
    return node.firstRead <= read && !rewrites.some(({ seq }) => seq > from && seq < first.seq);
  }

  /** The last read that showed one of these, or else the last of all, cut down to them. */
  readShowing(room: RoomRecord, nodes: readonly ChainNode[]): HistoryEvent | null {
    const index = Math.max(-1, ...nodes.map((node) => node.lastRead));
    const read = room.reads[index] ?? room.finalRead;
    if (!read) return null;
    return readEvent(
      read,
      nodes.filter((node) => node.lastRead === index && index >= 0),
    );
  }
}
