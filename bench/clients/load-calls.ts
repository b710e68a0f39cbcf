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
  readonly endpoint: Endpoint;
}

export interface OpenPlan {
  /** Name of the peer, for the protocol. */
  readonly peer: string;
  /** Prefix of room names, fresh for each measurement. */
  readonly rooms: string;
  readonly payloadBytes: number;
  readonly isResumable: boolean;
  readonly clients: readonly ClientPlan[];
}

/** Since the last mark. */
export interface Mark {
  readonly deliveries: number;
  readonly published: number;
  readonly acked: number;
  /** Publishes that were due while too many waited for their answer, and were left out. */
  readonly heldBack: number;
  /** Microseconds from publish to receipt. */
  readonly latency: HistogramData;
}

export interface Settled extends Counts {
  /** Payloads that came to a client that is not in their room. */
  readonly strays: number;
  /** Publishes that were never acknowledged, by peers that do so. */
  readonly unacked: number;
  readonly faults: number;
  /** The first few. */
  readonly faultTexts: readonly string[];
}

export interface LoadCalls {
  /** Connects all and waits until each is ready. Answers with the milliseconds that took. */
  open(plan: OpenPlan): Promise<number>;
  /** Every publisher sends so many a second, evenly spread over time and publishers. */
  startPublishing(perPublisher: number): Promise<void>;
  mark(): Promise<Mark>;
  /** Answers with how many were published in each room, by index. */
  stopPublishing(): Promise<readonly number[]>;
  /** Waits until every member has everything, or nothing comes any more. */
  settle(published: readonly number[]): Promise<Settled>;
  close(): Promise<void>;
}
