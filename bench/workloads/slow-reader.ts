// Workload H: one room, large messages, and one member that reads nothing for the whole window. What do the others feel of it, and
// what does it cost the server in memory? Against the same window without it. Afterwards the slow one reads on, and is counted too.

import { rssBytesOf } from '../measure/cpu.ts';
import { LoadGroup } from './load-group.ts';
import { plansFor } from './fan-out.ts';
import { sleep } from './sleep.ts';
import { freshRooms, type Entrant, type Sample, type Scale, type Workload } from './workload.ts';

const MEMBERS = 20;
const PER_SECOND = 50;
/** What the slow one does not read is far more than the kernel's buffers hold (a few megabytes), and than a heap moves by itself. */
const PAYLOAD_BYTES = 32_768;
const WINDOW_MS = { full: 20_000, short: 10_000 };
const MEGABYTE = 1024 * 1024;

async function run({ peer, running }: Entrant, scale: Scale, hasSlow: boolean): Promise<Sample> {
  const load = new LoadGroup();
  const servers = (): number[] =>
    running
      .processes()
      .filter(({ role }) => role === 'server')
      .map(({ pid }) => pid);
  try {
    const rooms = freshRooms();
    const plan = { peer: peer.name, endpoints: running.endpoints, rooms, payloadBytes: PAYLOAD_BYTES };
    const slow = { id: `${rooms}-slow`, role: 'member' as const, room: 0, endpoint: 1, isSlow: true };
    await load.open(plan, [...plansFor({ rooms: 1, members: MEMBERS }, rooms), ...(hasSlow ? [slow] : [])]);
    await load.startPublishing(PER_SECOND);
    await sleep(scale.warmUpMs);
    await load.setSlow(true);
    await load.mark();
    const before = rssBytesOf(servers());
    await sleep(scale.isFull ? WINDOW_MS.full : WINDOW_MS.short);
    const { latency } = await load.mark();
    const growth = (rssBytesOf(servers()) - before) / MEGABYTE;
    const published = await load.stopPublishing();
    await load.setSlow(false);
    const { counts, slowCounts, faultTexts } = await load.settle(published);
    return {
      figures: {
        p50Ms: latency.percentile(0.5) / 1000,
        p99Ms: latency.percentile(0.99) / 1000,
        growth,
        lost: counts.lost,
        doubled: counts.doubled,
        reordered: counts.reordered,
        slowLost: slowCounts.lost,
        slowDoubled: slowCounts.doubled + slowCounts.reordered,
      },
      faultTexts,
    };
  } finally {
    await load.stop();
  }
}

export const SLOW_READER: Workload = {
  name: 'H',
  title: `a slow reader among ${MEMBERS} fast ones (${PER_SECOND}/s of ${PAYLOAD_BYTES} bytes)`,
  isFresh: true,
  maxPairs: 1,
  columns: [
    { key: 'quietP99Ms', heading: 'p99 ms without', digits: 2 },
    { key: 'p99Ms', heading: 'p99 ms with', digits: 2 },
    { key: 'ratio', heading: 'ratio', digits: 2 },
    { key: 'quietGrowth', heading: 'server memory MB without', digits: 1 },
    { key: 'growth', heading: 'server memory MB with', digits: 1 },
    { key: 'slowLost', heading: 'lost by the slow one' },
    { key: 'lost', heading: 'lost by the others' },
  ],
  async measure(entrant, scale) {
    const quiet = await run(entrant, scale, false);
    const slow = await run(entrant, scale, true);
    return {
      figures: {
        ...slow.figures,
        quietP99Ms: quiet.figures['p99Ms']!,
        quietGrowth: quiet.figures['growth']!,
        ratio: slow.figures['p99Ms']! / quiet.figures['p99Ms']!,
      },
      faultTexts: [...quiet.faultTexts, ...slow.faultTexts],
    };
  },
};
