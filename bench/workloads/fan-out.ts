// Workloads A, A2 and B, and every step of the ramp and the sweep: rooms of members on all instances, a publisher for each room, a steady
// rate. After a warm-up, a window in which CPU, deliveries and latency are counted; then everything is awaited and told apart.

import type { ClientPlan, Settled } from '../clients/load-calls.ts';
import { usageOf, usedBetween } from '../measure/usage.ts';
import type { RunningPeer } from '../peers/peer.ts';
import { LoadGroup } from './load-group.ts';
import { sleep } from './sleep.ts';

export interface FanOut {
  readonly rooms: number;
  readonly members: number;
  /** In each room. */
  readonly perSecond: number;
  readonly payloadBytes: number;
}

export interface Timing {
  readonly warmUpMs: number;
  readonly windowMs: number;
}

export interface FanOutSample {
  readonly deliveredPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of CPU for each delivery: all servers and brokers, the brokers of these, the load. */
  readonly cpuUs: number;
  readonly brokerUs: number;
  readonly loadUs: number;
  /** Cores that neither the peer nor the load used. */
  readonly foreignCores: number;
  readonly peerCores: number;
  readonly heldBack: number;
  readonly counts: Settled;
}

export const FAN_OUTS = {
  A: { rooms: 10, members: 50, perSecond: 20, payloadBytes: 128 },
  A2: { rooms: 1, members: 500, perSecond: 40, payloadBytes: 128 },
  B: { rooms: 1000, members: 2, perSecond: 0.5, payloadBytes: 128 },
} as const satisfies Record<string, FanOut>;

let measurements = 0;

/** A name for the rooms of one measurement, so that none meets what an earlier one left. */
export function freshRooms(): string {
  measurements += 1;
  return `r${process.pid}-${measurements}`;
}

/** Members and publishers alternate over the instances. */
export function plansFor(
  { rooms, members }: Pick<FanOut, 'rooms' | 'members'>,
  { endpoints }: RunningPeer,
  prefix: string,
): ClientPlan[] {
  const at = (i: number) => endpoints[i % endpoints.length]!;
  return Array.from({ length: rooms }, (_, room): ClientPlan[] => [
    { id: `${prefix}-p${room}`, role: 'publisher', room, endpoint: at(room) },
    ...Array.from({ length: members }, (__, i) => ({
      id: `${prefix}-m${room}-${i}`,
      role: 'member' as const,
      room,
      endpoint: at(room + i + 1),
    })),
  ]).flat();
}

export async function measureFanOut(
  peer: string,
  running: RunningPeer,
  fanOut: FanOut,
  { warmUpMs, windowMs }: Timing,
): Promise<FanOutSample> {
  const load = new LoadGroup();
  try {
    const rooms = freshRooms();
    const plan = { peer, rooms, payloadBytes: fanOut.payloadBytes, isResumable: false };
    await load.open(plan, plansFor(fanOut, running, rooms));
    await load.startPublishing(fanOut.perSecond);
    await sleep(warmUpMs);
    await load.mark();
    const before = usageOf(running, load.pids);
    await sleep(windowMs);
    const used = usedBetween(before, usageOf(running, load.pids));
    const { deliveries, heldBack, latency } = await load.mark();
    const counts = await load.finish();
    return {
      deliveredPerSecond: (deliveries / used.atUs) * 1e6,
      p50Ms: latency.percentile(0.5) / 1000,
      p99Ms: latency.percentile(0.99) / 1000,
      cpuUs: used.peerUs / deliveries,
      brokerUs: used.brokerUs / deliveries,
      loadUs: used.loadUs / deliveries,
      foreignCores: used.foreignUs / used.atUs,
      peerCores: used.peerUs / used.atUs,
      heldBack,
      counts,
    };
  } finally {
    await load.stop();
  }
}
