// Which figures are drawn, and how. Pure: names of files and their contents.

import { SWEEPS } from '../workloads/sweep.ts';
import { print } from './markdown.ts';
import { figureOf, type Results } from './results.ts';
import { barChart, lineChart, type Series } from './svg.ts';

const OURS = 'holdline';

interface Drawn {
  readonly workload: string;
  readonly key: string;
  readonly title: string;
  readonly digits: number;
}

const BARS: readonly Drawn[] = [
  { workload: 'A', key: 'cpuUs', title: 'A: server CPU, microseconds per delivery', digits: 1 },
  { workload: 'A2', key: 'cpuUs', title: 'A2: server CPU, microseconds per delivery', digits: 1 },
  { workload: 'A3', key: 'perSecond', title: 'A3: most deliveries per second (more is better)', digits: 0 },
  { workload: 'B', key: 'cpuUs', title: 'B: server CPU, microseconds per delivery', digits: 0 },
  { workload: 'C', key: 'kilobytes', title: 'C: memory of an idle connection, kB', digits: 1 },
  { workload: 'D', key: 'ms10000', title: 'D: resume after 10,000 missed, ms', digits: 0 },
  { workload: 'E', key: 'perSecond', title: 'E: acknowledged publishes per second (more is better)', digits: 0 },
  {
    workload: 'G',
    key: 'cpuUs3000',
    title: 'G: storm of 3,000, server CPU, microseconds per missed message',
    digits: 1,
  },
  { workload: 'H', key: 'growth', title: 'H: memory of the servers that a slow reader costs, MB', digits: 1 },
  { workload: 'browser', key: 'cpuUs', title: 'Client CPU, microseconds per received message', digits: 1 },
];

export interface Chart {
  readonly workload: string;
  readonly file: string;
  readonly svg: string;
}

/** A chart for each workload of the results that has one. */
export function chartsOf(results: Results): readonly Chart[] {
  const has = (workload: string): boolean => results.workloads.some(({ name }) => name === workload);
  const bars = BARS.filter(({ workload }) => has(workload)).map((drawn) => barsOf(results, drawn));
  return has('sweep') ? [...bars, sweepOf(results)] : bars;
}

function barsOf(results: Results, { workload, key, title, digits }: Drawn): Chart {
  const bars = results.peers.map((peer) => ({
    label: peer.title,
    value: figureOf(results, workload, key, peer.name),
    isOurs: peer.name === OURS,
  }));
  const svg = barChart({ title, bars, print: (value) => print(value, digits) });
  return { workload, file: `${workload.toLowerCase()}.svg`, svg };
}

function sweepOf(results: Results): Chart {
  const series = results.peers.flatMap(({ name, title }): Series[] =>
    Object.entries(SWEEPS).map(([sweep, steps]) => ({
      label: `${title}, ${sweep}`,
      isOurs: name === OURS,
      points: steps
        .map((_, i) => ({
          x: figureOf(results, 'sweep', `${sweep}${i}Rate`, name),
          y: figureOf(results, 'sweep', `${sweep}${i}Cores`, name),
        }))
        .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)),
    })),
  );
  const svg = lineChart({
    title: 'Cost grows with members and with rooms',
    xTitle: 'deliveries per second',
    yTitle: 'server cores',
    series: series.filter(({ points }) => points.length > 0),
    printX: (value) => print(value, 0),
    printY: (value) => print(value, 2),
  });
  return { workload: 'sweep', file: 'sweep.svg', svg };
}
