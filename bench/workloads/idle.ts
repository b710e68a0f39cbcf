// Workload C: connections that say nothing. Members in rooms of ten, opened by the load as fast as they are taken; resident memory of all servers and
// brokers before and after, and what CPU they use while nothing happens.

import { rssBytesOf } from '../measure/cpu.ts';
import { momentOf, usedBetween } from '../measure/usage.ts';
import { PAYLOAD_BYTES, plansFor } from './fan-out.ts';
import { LoadGroup } from './load-group.ts';
import { sleep } from './sleep.ts';
import { freshRooms, type Entrant, type Sample, type Scale, type Workload } from './workload.ts';

const CONNECTIONS = 5000;
const MEMBERS = 10;
/** For a first start to end, and for what connecting left behind to be collected. */
const SETTLE_MS = 3000;
const MEGABYTE = 1024 * 1024;

async function measure({ peer, running }: Entrant, { windowMs }: Scale): Promise<Sample> {
  const memory = (): number => rssBytesOf(running.processes().map(({ pid }) => pid));
  const load = new LoadGroup();
  try {
    const rooms = freshRooms();
    await sleep(SETTLE_MS);
    const baseBytes = memory();
    const beforeOpening = momentOf(running, load.pids);
    const plan = { peer: peer.name, endpoints: running.endpoints, rooms, payloadBytes: PAYLOAD_BYTES };
    const clients = plansFor({ rooms: CONNECTIONS / MEMBERS, members: MEMBERS }, rooms);
    const openMs = await load.open(
      plan,
      clients.filter(({ role }) => role === 'member'),
    );
    const opening = usedBetween(beforeOpening, momentOf(running, load.pids));
    await sleep(SETTLE_MS);
    const fullBytes = memory();
    const beforeIdle = momentOf(running, load.pids);
    await sleep(windowMs);
    const idle = usedBetween(beforeIdle, momentOf(running, load.pids));
    const { faults, faultTexts } = await load.settle([]);
    return {
      figures: {
        connections: CONNECTIONS,
        perSecond: (CONNECTIONS / openMs) * 1000,
        connectUs: opening.peerUs / CONNECTIONS,
        kilobytes: (fullBytes - baseBytes) / 1024 / CONNECTIONS,
        baseMegabytes: baseBytes / MEGABYTE,
        fullMegabytes: fullBytes / MEGABYTE,
        idlePercent: (idle.peerUs / idle.atUs) * 100,
        faults,
      },
      faultTexts,
    };
  } finally {
    await load.stop();
  }
}

export const IDLE: Workload = {
  name: 'C',
  title: `idle connections (${CONNECTIONS}, in rooms of ${MEMBERS})`,
  isFresh: true,
  maxPairs: 3,
  columns: [
    { key: 'connections', heading: 'connections' },
    { key: 'perSecond', heading: 'connects/s' },
    { key: 'connectUs', heading: 'server CPU us/connect' },
    { key: 'kilobytes', heading: 'RSS kB/connection', digits: 1 },
    { key: 'baseMegabytes', heading: 'RSS before MB' },
    { key: 'fullMegabytes', heading: 'RSS after MB' },
    { key: 'idlePercent', heading: 'idle CPU %', digits: 1 },
  ],
  measure,
};
