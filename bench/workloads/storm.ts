// Workload G: all members of ten rooms are cut off, miss 100 messages each, and come back at once, each to the other instance. Measured:
// until the last has everything, the servers' CPU, and what Redis was asked for meanwhile.

import { momentOf, usedBetween } from '../measure/usage.ts';
import { PAYLOAD_BYTES, plansFor } from './fan-out.ts';
import { LoadGroup } from './load-group.ts';
import { freshRooms, type Entrant, type Sample, type Workload } from './workload.ts';

const ROOMS = 10;
const MISSED = 100;
const SIZES = [300, 3000] as const;
const BEFORE = { count: 2, window: 2, perSecond: 100 };
const BURST = { window: 100, perSecond: 500 };
const READS = 'xrange xread xrevrange get mget exists getdel lrange zrange hget hmget hgetall'.split(' ');

async function storm({ peer, running }: Entrant, clients: number): Promise<Sample> {
  const load = new LoadGroup();
  const reads = async (): Promise<number> => {
    const calls = await running.redisCalls?.();
    return calls === undefined ? Number.NaN : READS.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0);
  };
  try {
    const rooms = freshRooms();
    const plan = {
      peer: peer.name,
      endpoints: running.endpoints,
      rooms,
      payloadBytes: PAYLOAD_BYTES,
      isResumable: true,
      isAcknowledged: true,
    };
    await load.open(plan, plansFor({ rooms: ROOMS, members: clients / ROOMS }, rooms));
    await load.publishBurst(BEFORE);
    await load.settle(await load.stopPublishing());
    await load.cutMembers();
    await load.publishBurst({ count: MISSED, ...BURST });
    const published = await load.stopPublishing();
    const readsBefore = await reads();
    const before = momentOf(running, load.pids);
    const returned = await load.returnMembers(published);
    const used = usedBetween(before, momentOf(running, load.pids));
    const readsUsed = (await reads()) - readsBefore;
    const { cutCounts, faults, faultTexts } = await load.settle(published);
    return {
      figures: {
        connectedMs: returned.connectedMs,
        caughtUpMs: returned.caughtUp === clients ? returned.caughtUpMs : Number.NaN,
        lostEach: cutCounts.lost / clients,
        doubled: cutCounts.doubled,
        reordered: cutCounts.reordered,
        cpuMs: used.peerUs / 1000,
        cpuUs: cutCounts.lost === 0 ? used.peerUs / (clients * MISSED) : Number.NaN,
        reads: readsUsed,
        foreignCores: used.foreignUs / used.atUs,
        faults,
      },
      faultTexts,
    };
  } finally {
    await load.stop();
  }
}

const FIGURES = [
  { key: 'connectedMs', heading: 'all connected ms' },
  { key: 'caughtUpMs', heading: 'all caught up ms' },
  { key: 'cpuMs', heading: 'server CPU ms' },
  { key: 'cpuUs', heading: 'us/missed message', digits: 1 },
  { key: 'reads', heading: 'Redis reads' },
  { key: 'lostEach', heading: 'lost each', digits: 1 },
];

export const STORM: Workload = {
  name: 'G',
  title: `storm (${SIZES.join(' and ')} members of ${ROOMS} rooms come back at once, ${MISSED} missed each)`,
  maxPairs: 3,
  columns: SIZES.flatMap((size) =>
    FIGURES.map((column) => ({ ...column, key: `${column.key}${size}`, heading: `${size}: ${column.heading}` })),
  ),
  async measure(entrant) {
    const figures: Record<string, number> = {};
    const faultTexts: string[] = [];
    for (const size of SIZES) {
      const sample = await storm(entrant, size);
      for (const [key, value] of Object.entries(sample.figures)) figures[`${key}${size}`] = value;
      faultTexts.push(...sample.faultTexts);
    }
    return { figures, faultTexts };
  },
};
