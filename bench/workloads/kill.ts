// Workload F: an instance is killed under load and started again a second later. Its members come back by themselves, after 50 to 150 ms, to the
// next instance; publishers are on the one that stays, where there is one.

import { PAYLOAD_BYTES, plansFor } from './fan-out.ts';
import { LoadGroup } from './load-group.ts';
import { sleep } from './sleep.ts';
import { freshRooms, type Entrant, type Sample, type Scale, type Workload } from './workload.ts';

const ROOMS = 10;
const MEMBERS = 20;
const PER_SECOND = 20;
const DOWN_MS = 1000;
const AFTER_MS = 3000;

async function measure({ peer, running }: Entrant, { warmUpMs }: Scale): Promise<Sample> {
  const load = new LoadGroup();
  try {
    const rooms = freshRooms();
    const plan = {
      peer: peer.name,
      endpoints: running.endpoints,
      rooms,
      payloadBytes: PAYLOAD_BYTES,
      isResumable: true,
      isReturning: true,
    };
    const clients = plansFor({ rooms: ROOMS, members: MEMBERS }, rooms).map((client) =>
      client.role === 'publisher' ? { ...client, endpoint: 1 } : client,
    );
    await load.open(plan, clients);
    await load.startPublishing(PER_SECOND);
    await sleep(warmUpMs);
    await running.kill(0);
    await sleep(DOWN_MS);
    await running.restart(0);
    await sleep(AFTER_MS);
    const published = await load.stopPublishing();
    const settled = await load.settle(published);
    const { cut, counts, cutCounts, toldWhole, toldLoss } = settled;
    return {
      figures: {
        published: published.reduce((sum, count) => sum + count, 0),
        cut,
        lostEach: cutCounts.lost / cut,
        doubledEach: cutCounts.doubled / cut,
        reordered: cutCounts.reordered + counts.reordered,
        toldWhole,
        toldLoss,
        otherLost: counts.lost,
        otherDoubled: counts.doubled,
        unacked: settled.unacked,
        faults: settled.faults,
      },
      faultTexts: settled.faultTexts,
    };
  } finally {
    await load.stop();
  }
}

export const KILL: Workload = {
  name: 'F',
  title: `an instance is killed under load (${ROOMS} rooms x ${MEMBERS} members x ${PER_SECOND}/s)`,
  isFresh: true,
  maxPairs: 1,
  columns: [
    { key: 'published', heading: 'published' },
    { key: 'cut', heading: 'members cut off' },
    { key: 'lostEach', heading: 'lost by each of them', digits: 1 },
    { key: 'doubledEach', heading: 'doubled for each', digits: 1 },
    { key: 'otherLost', heading: 'lost by the others' },
    { key: 'reordered', heading: 'out of order' },
    { key: 'toldWhole', heading: 'told: nothing missed' },
    { key: 'toldLoss', heading: 'told: something missed' },
    { key: 'unacked', heading: 'publishes without an answer' },
  ],
  measure,
};
