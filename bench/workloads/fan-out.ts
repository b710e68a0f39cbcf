// Workloads A, A2 and B, and every point of the sweep: rooms of members on all instances, a publisher for each room, a steady
// rate. After a warm-up, a window in which CPU, deliveries and latency are counted; then everything is awaited and told apart.

import type { ClientPlan } from '../clients/load-calls.ts';
import { momentOf, usedBetween } from '../measure/usage.ts';
import { LoadGroup } from './load-group.ts';
import { sleep } from './sleep.ts';
import {
  freshRooms,
  LOSS_COLUMNS,
  lossOf,
  type Column,
  type Entrant,
  type Sample,
  type Scale,
  type Workload,
} from './workload.ts';

export interface FanOut {
  readonly rooms: number;
  readonly members: number;
  /** In each room. */
  readonly perSecond: number;
}

export const PAYLOAD_BYTES = 128;

/** Of the deliveries that are due; with fewer, something could not keep up. */
export const HELD_SHARE = 0.9;

const COLUMNS: readonly Column[] = [
  { key: 'perSecond', heading: 'deliveries/s' },
  { key: 'p50Ms', heading: 'p50 ms', digits: 2 },
  { key: 'p99Ms', heading: 'p99 ms', digits: 2 },
  { key: 'cpuUs', heading: 'server CPU us/delivery', digits: 1 },
  { key: 'brokerUs', heading: 'of which broker', digits: 1 },
  { key: 'loadUs', heading: 'load CPU us/delivery', digits: 1 },
  ...LOSS_COLUMNS,
  { key: 'foreignCores', heading: 'foreign cores', digits: 2 },
];

/** Members and publishers alternate over the instances. */
export function plansFor({ rooms, members }: Omit<FanOut, 'perSecond'>, prefix: string): ClientPlan[] {
  return Array.from({ length: rooms }, (_, room): ClientPlan[] => [
    { id: `${prefix}-p${room}`, role: 'publisher', room, endpoint: room },
    ...Array.from({ length: members }, (__, i) => ({
      id: `${prefix}-m${room}-${i}`,
      role: 'member' as const,
      room,
      endpoint: room + i + 1,
    })),
  ]).flat();
}

export async function measureFanOut(
  { peer, running }: Entrant,
  fanOut: FanOut,
  { warmUpMs, windowMs }: Pick<Scale, 'warmUpMs' | 'windowMs'>,
): Promise<Sample> {
  const load = new LoadGroup();
  try {
    const rooms = freshRooms();
    const plan = { peer: peer.name, endpoints: running.endpoints, rooms, payloadBytes: PAYLOAD_BYTES };
    await load.open(plan, plansFor(fanOut, rooms));
    await load.startPublishing(fanOut.perSecond);
    await sleep(warmUpMs);
    await load.mark();
    const before = momentOf(running, load.pids);
    await sleep(windowMs);
    const used = usedBetween(before, momentOf(running, load.pids));
    const { deliveries, heldBack, latency } = await load.mark();
    const settled = await load.finish();
    const perSecond = (deliveries / used.atUs) * 1e6;
    return {
      figures: {
        perSecond,
        p50Ms: latency.percentile(0.5) / 1000,
        p99Ms: latency.percentile(0.99) / 1000,
        cpuUs: used.peerUs / deliveries,
        brokerUs: used.brokerUs / deliveries,
        loadUs: used.loadUs / deliveries,
        peerCores: used.peerUs / used.atUs,
        foreignCores: used.foreignUs / used.atUs,
        heldBack,
        isHeld: isHeld(perSecond, fanOut) ? 1 : 0,
        ...lossOf(settled),
      },
      faultTexts: [...settled.faultTexts, ...busyText(perSecond, fanOut)],
    };
  } finally {
    await load.stop();
  }
}

const dueOf = ({ rooms, members, perSecond }: FanOut): number => rooms * members * perSecond;

/** More than what was due is a backlog from before the window. */
const isHeld = (perSecond: number, fanOut: FanOut): boolean =>
  perSecond >= HELD_SHARE * dueOf(fanOut) && perSecond <= dueOf(fanOut) / HELD_SHARE;

/** At another rate than the one that was due, the cost of a delivery is another: it is said beside the figures. */
const busyText = (perSecond: number, fanOut: FanOut): string[] =>
  isHeld(perSecond, fanOut)
    ? []
    : [`${Math.round(perSecond)} of ${dueOf(fanOut)} deliveries/s: too busy a machine to compare the cost`];

const fanOut = (name: string, title: string, work: FanOut): Workload => ({
  name,
  title: `${title} (${work.rooms} rooms x ${work.members} members x ${work.perSecond}/s, two instances)`,
  columns: COLUMNS,
  measure: (entrant, scale) => measureFanOut(entrant, work, scale),
});

export const FAN_OUT: Workload = fanOut('A', 'fan-out', { rooms: 10, members: 50, perSecond: 20 });
export const HOT_ROOM: Workload = fanOut('A2', 'hot room', { rooms: 1, members: 500, perSecond: 40 });
export const SMALL_ROOMS: Workload = fanOut('B', 'many small rooms', { rooms: 1000, members: 2, perSecond: 0.5 });
