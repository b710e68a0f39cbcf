// What a workload may ask of a load process, and what comes back. All of it travels as JSON over the process's channel.

import type { HistogramData } from '../measure/histogram.ts';
import type { Counts } from '../measure/tally.ts';
import type { Role } from './client-protocol.ts';
import type { Endpoint } from './light-client.ts';

export interface ClientPlan {
  readonly id: string;
  readonly role: Role;
  /** Index of the room; its name is `<rooms>-<index>`. */
  readonly room: number;
  /** Index of the instance; a client that comes back takes the next one. */
  readonly endpoint: number;
  /** Counted apart from the others: it will be made slow. */
  readonly isSlow?: boolean;
}

export interface OpenPlan {
  /** Name of the peer, for the protocol. */
  readonly peer: string;
  readonly endpoints: readonly Endpoint[];
  /** Prefix of room names, fresh for each measurement. */
  readonly rooms: string;
  readonly payloadBytes: number;
  /** Members remember where they are. @defaultValue false */
  readonly isResumable?: boolean;
  /** Publishers ask for acknowledgements. @defaultValue false */
  readonly isAcknowledged?: boolean;
  /** Members that are cut off come back by themselves, after 50 to 150 ms. @defaultValue false */
  readonly isReturning?: boolean;
  readonly clients: readonly ClientPlan[];
}

/** Since the last mark. */
export interface Mark {
  readonly deliveries: number;
  readonly published: number;
  readonly acked: number;
  /** Publishes that were due while too many waited for their answer, and were left out. */
  readonly heldBack: number;
  /** Microseconds from publish to receipt, of members that are not slow. */
  readonly latency: HistogramData;
  /** Microseconds from publish to its acknowledgement. */
  readonly ackLatency: HistogramData;
}

export interface Settled {
  /** Of members that were never cut off, and are not slow. */
  readonly counts: Counts;
  /** Of those that were cut off at least once. */
  readonly cutCounts: Counts;
  readonly slowCounts: Counts;
  /** How many members were cut off. */
  readonly cut: number;
  /** How often a member that came back was told that it missed nothing; that it may have. */
  readonly toldWhole: number;
  readonly toldLoss: number;
  /** Payloads that came to a client that is not in their room. */
  readonly strays: number;
  /** Publishes that were never acknowledged, by peers that do so. */
  readonly unacked: number;
  readonly faults: number;
  /** The first few. */
  readonly faultTexts: readonly string[];
}

export interface Burst {
  /** Messages of each publisher. */
  readonly count: number;
  /** So many may wait for their acknowledgement. */
  readonly window: number;
  /** The pace where nothing is acknowledged, for each publisher. */
  readonly perSecond: number;
}

export interface Returned {
  /** Milliseconds from the first connect until the last member was connected, and until the last had what it had missed. */
  readonly connectedMs: number;
  readonly caughtUpMs: number;
  readonly caughtUp: number;
}

export interface LoadCalls {
  /** Connects all and waits until each is ready. Answers with the milliseconds that took. */
  open(plan: OpenPlan): Promise<number>;
  /** Every publisher sends so many a second, evenly spread over time and publishers. */
  startPublishing(perPublisher: number): Promise<void>;
  /** Sends as fast as the acknowledgements come. Answers with the milliseconds until the last one. */
  publishBurst(burst: Burst): Promise<number>;
  mark(): Promise<Mark>;
  /** Answers with how many were published in each room, by index. */
  stopPublishing(): Promise<readonly number[]>;
  /** Waits until every member has everything, or nothing comes any more. */
  settle(published: readonly number[]): Promise<Settled>;
  /** Cuts all members off without a word, and waits until they are. */
  cutMembers(): Promise<void>;
  /** All members come back at once, each to the next instance, from where they were. Waits until they have everything, or nothing comes any more. */
  returnMembers(published: readonly number[]): Promise<Returned>;
  /** Slow members read nothing any more, or go on. */
  setSlow(isPaused: boolean): Promise<void>;
}
