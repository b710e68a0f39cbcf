// Workload A3: the rooms of A at a rate that grows by half with every step, until the p99 is beyond 250 ms, or a tenth of what was
// due is not delivered, twice in a row. The answer is the highest rate that was held.

import { momentOf, usedBetween } from '../measure/usage.ts';
import { HELD_SHARE, PAYLOAD_BYTES, plansFor } from './fan-out.ts';
import { LoadGroup } from './load-group.ts';
import { sleep } from './sleep.ts';
import { freshRooms, LOSS_COLUMNS, lossOf, type Entrant, type Sample, type Scale, type Workload } from './workload.ts';

const ROOMS = 10;
const MEMBERS = 50;
const FIRST = 20;
const FACTOR = 1.5;
const MAX_STEPS = 16;
const P99_LIMIT_MS = 250;
/** Where the peers are compared at a rate that all of them hold. */
const MIDDLE = 50_000;
const STEP = { full: { warmUpMs: 1500, windowMs: 3000 }, short: { warmUpMs: 1000, windowMs: 2000 } };

interface Step {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
  readonly cores: number;
  readonly loadCores: number;
  readonly isHeld: boolean;
}

async function climb({ running }: Entrant, load: LoadGroup, isFull: boolean): Promise<Step[]> {
  const { warmUpMs, windowMs } = isFull ? STEP.full : STEP.short;
  const steps: Step[] = [];
  let rate = FIRST;
  while (steps.length < MAX_STEPS && !isOver(steps)) {
    await load.startPublishing(rate);
    await sleep(warmUpMs);
    await load.mark();
    const before = momentOf(running, load.pids);
    await sleep(windowMs);
    const used = usedBetween(before, momentOf(running, load.pids));
    const { deliveries, latency } = await load.mark();
    // Whatever waits is delivered before the next step, so that each is judged by itself.
    await load.settle(await load.stopPublishing());
    const perSecond = (deliveries / used.atUs) * 1e6;
    const p99Ms = latency.percentile(0.99) / 1000;
    const isHeld = p99Ms <= P99_LIMIT_MS && perSecond >= HELD_SHARE * rate * ROOMS * MEMBERS;
    steps.push({
      perSecond,
      p99Ms,
      cpuUs: used.peerUs / deliveries,
      cores: used.peerUs / used.atUs,
      loadCores: used.loadUs / used.atUs,
      isHeld,
    });
    rate *= FACTOR;
  }
  return steps;
}

/** Two in a row: one may be the machine's fault. */
const isOver = (steps: readonly Step[]): boolean => steps.length >= 2 && steps.slice(-2).every(({ isHeld }) => !isHeld);

async function measure(entrant: Entrant, { isFull }: Scale): Promise<Sample> {
  const { peer, running } = entrant;
  const load = new LoadGroup();
  try {
    const rooms = freshRooms();
    const plan = { peer: peer.name, endpoints: running.endpoints, rooms, payloadBytes: PAYLOAD_BYTES };
    await load.open(plan, plansFor({ rooms: ROOMS, members: MEMBERS }, rooms));
    const steps = await climb(entrant, load, isFull);
    const settled = await load.finish();
    const best = steps.filter(({ isHeld }) => isHeld).at(-1);
    const middle = steps.find(({ perSecond, isHeld }) => isHeld && perSecond > 0.75 * MIDDLE);
    return {
      figures: {
        perSecond: best?.perSecond ?? 0,
        p99Ms: best?.p99Ms ?? Number.NaN,
        cpuUs: best?.cpuUs ?? Number.NaN,
        cores: best?.cores ?? Number.NaN,
        loadCores: best?.loadCores ?? Number.NaN,
        middleCpuUs: middle?.cpuUs ?? Number.NaN,
        middleP99Ms: middle?.p99Ms ?? Number.NaN,
        stoppedByMs: steps.at(-1)!.p99Ms,
        ...lossOf(settled),
      },
      faultTexts: settled.faultTexts,
    };
  } finally {
    await load.stop();
  }
}

export const RAMP: Workload = {
  name: 'A3',
  title: `ramp (${ROOMS} rooms x ${MEMBERS} members, rate x ${FACTOR} a step, until p99 > ${P99_LIMIT_MS} ms twice)`,
  isLong: true,
  maxPairs: 1,
  columns: [
    { key: 'perSecond', heading: 'most deliveries/s held' },
    { key: 'p99Ms', heading: 'p99 there ms', digits: 1 },
    { key: 'cpuUs', heading: 'CPU us/delivery there', digits: 1 },
    { key: 'cores', heading: 'server cores there', digits: 2 },
    { key: 'loadCores', heading: 'load cores there', digits: 2 },
    { key: 'middleCpuUs', heading: 'CPU us/delivery at ~50k/s', digits: 1 },
    { key: 'middleP99Ms', heading: 'p99 ms at ~50k/s', digits: 1 },
    { key: 'stoppedByMs', heading: 'p99 of the last step ms' },
    ...LOSS_COLUMNS,
  ],
  measure,
};
