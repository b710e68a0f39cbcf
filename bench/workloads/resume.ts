// Workload D: one member is cut off, misses so many messages, and comes back to the other instance. Measured from the first
// packet of its return until the last missed message. One return that does not count comes first, as load comes before the
// window elsewhere: code that has never run yet is slow on some runtimes, and is a matter of the first minute.

import { PAYLOAD_BYTES, plansFor } from './fan-out.ts';
import { LoadGroup } from './load-group.ts';
import { freshRooms, type Entrant, type Sample, type Workload } from './workload.ts';

const MISSED = [10, 1000, 10_000] as const;
const WARM_UP_MISSED = 1000;
/** Messages before the cut, so that it stands somewhere. */
const BEFORE = { count: 5, window: 5, perSecond: 500 };
/** Where nothing is acknowledged: slowly enough that nothing is lost on the way in. */
const BURST = { window: 200, perSecond: 4000 };

async function resumeAfter({ peer, running }: Entrant, missed: number): Promise<Sample> {
  const load = new LoadGroup();
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
    await load.open(plan, plansFor({ rooms: 1, members: 1 }, rooms));
    await load.publishBurst(BEFORE);
    await load.settle(await load.stopPublishing());
    await load.cutMembers();
    await load.publishBurst({ count: missed, ...BURST });
    const published = await load.stopPublishing();
    const { caughtUp, caughtUpMs } = await load.returnMembers(published);
    const settled = await load.settle(published);
    return {
      figures: {
        [`ms${missed}`]: caughtUp === 1 ? caughtUpMs : Number.NaN,
        [`lost${missed}`]: settled.cutCounts.lost,
        [`doubled${missed}`]: settled.cutCounts.doubled,
        [`reordered${missed}`]: settled.cutCounts.reordered,
        [`told${missed}`]: settled.toldLoss,
      },
      faultTexts: settled.faultTexts,
    };
  } finally {
    await load.stop();
  }
}

export const RESUME: Workload = {
  name: 'D',
  title: 'resume of one member (ms from the reconnect to the last missed message)',
  columns: [
    ...MISSED.map((missed) => ({ key: `ms${missed}`, heading: `${missed} missed, ms`, digits: 1 })),
    ...MISSED.map((missed) => ({ key: `lost${missed}`, heading: `lost of ${missed}` })),
    ...MISSED.map((missed) => ({ key: `doubled${missed}`, heading: `doubled of ${missed}` })),
  ],
  async measure(entrant) {
    await resumeAfter(entrant, WARM_UP_MISSED);
    const samples: Sample[] = [];
    for (const missed of MISSED) samples.push(await resumeAfter(entrant, missed));
    return {
      figures: Object.assign({}, ...samples.map(({ figures }) => figures)) as Record<string, number>,
      faultTexts: samples.flatMap(({ faultTexts }) => faultTexts),
    };
  },
};
