// Workload E: one publisher and acknowledgements, first one publish at a time, then 256 in flight. The room has a member on
// the other instance, since a message that nobody hears proves little.

import { momentOf, usedBetween } from '../measure/usage.ts';
import { PAYLOAD_BYTES, plansFor } from './fan-out.ts';
import { LoadGroup } from './load-group.ts';
import { freshRooms, LOSS_COLUMNS, lossOf, type Entrant, type Sample, type Scale, type Workload } from './workload.ts';

const IN_FLIGHT = 256;
const NONE: Sample = { figures: {}, faultTexts: [] };

async function measure({ peer, running }: Entrant, { isFull }: Scale): Promise<Sample> {
  if (peer.ack === 'none') return NONE;
  const [one, many] = isFull ? [5000, 100_000] : [1000, 20_000];
  const load = new LoadGroup();
  const callsSoFar = async (): Promise<Calls> => callsIn(await running.redisCalls?.());
  try {
    const rooms = freshRooms();
    const plan = {
      peer: peer.name,
      endpoints: running.endpoints,
      rooms,
      payloadBytes: PAYLOAD_BYTES,
      isAcknowledged: true,
    };
    await load.open(plan, plansFor({ rooms: 1, members: 1 }, rooms));
    const burst = (count: number, window: number): Promise<number> =>
      load.publishBurst({ count, window, perSecond: 1000 });
    await burst(2000, IN_FLIGHT);
    await load.mark();
    await burst(one, 1);
    const { ackLatency } = await load.mark();
    const calls = await callsSoFar();
    const before = momentOf(running, load.pids);
    const ms = await burst(many, IN_FLIGHT);
    const used = usedBetween(before, momentOf(running, load.pids));
    const callsAfter = await callsSoFar();
    const settled = await load.finish();
    return {
      figures: {
        p50Ms: ackLatency.percentile(0.5) / 1000,
        p99Ms: ackLatency.percentile(0.99) / 1000,
        perSecond: (many / ms) * 1000,
        cpuUs: used.peerUs / many,
        commands: (callsAfter.commands - calls.commands) / many,
        scripts: (callsAfter.scripts - calls.scripts) / many,
        ...lossOf(settled),
      },
      faultTexts: settled.faultTexts,
    };
  } finally {
    await load.stop();
  }
}

interface Calls {
  /** Inside scripts too. */
  readonly commands: number;
  readonly scripts: number;
}

const SCRIPTS = ['eval', 'evalsha', 'fcall'];

function callsIn(calls: ReadonlyMap<string, number> | undefined): Calls {
  if (calls === undefined) return { commands: Number.NaN, scripts: Number.NaN };
  return {
    commands: [...calls.values()].reduce((sum, count) => sum + count, 0),
    scripts: SCRIPTS.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0),
  };
}

export const ACKS: Workload = {
  name: 'E',
  title: `acknowledged publish (one at a time; ${IN_FLIGHT} in flight)`,
  columns: [
    { key: 'p50Ms', heading: 'one: p50 ms', digits: 2 },
    { key: 'p99Ms', heading: 'one: p99 ms', digits: 2 },
    { key: 'perSecond', heading: 'in flight: acks/s' },
    { key: 'cpuUs', heading: 'in flight: server CPU us/publish', digits: 1 },
    { key: 'commands', heading: 'Redis commands/publish, also in scripts', digits: 2 },
    { key: 'scripts', heading: 'script calls/publish', digits: 3 },
    ...LOSS_COLUMNS,
  ],
  measure,
};
