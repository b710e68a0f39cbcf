// Results made up for the tests of the report.

import type { Results } from './results.ts';

export const sample = (figures: Readonly<Record<string, number>>) => ({ figures, faultTexts: [] });

const CLEAN = { isHeld: 1, lost: 0, doubled: 0, reordered: 0, strays: 0, unacked: 0, faults: 0 };

/** A as measured in three rounds for two peers. */
export const resultsWith = (ours: readonly number[], classic: readonly number[], extra = {}): Results => ({
  machine: {
    command: 'npm run bench',
    at: '2026-01-01 00:00',
    cpu: 'a CPU',
    cores: 2,
    memoryGigabytes: 8,
    system: 'Linux 6',
    versions: { Node: '24' },
  },
  peers: [
    { name: 'holdline', title: 'Holdline', setUp: 'as it is' },
    { name: 'classic', title: 'classic', setUp: 'as <it> was' },
  ],
  workloads: [
    {
      name: 'A',
      title: 'fan-out',
      columns: [
        { key: 'cpuUs', heading: 'CPU', digits: 1 },
        { key: 'lost', heading: 'lost' },
        { key: 'none', heading: 'nothing' },
      ],
      samples: {
        holdline: ours.map((cpuUs) => sample({ cpuUs, ...CLEAN, ...extra })),
        classic: classic.map((cpuUs) => sample({ cpuUs, ...CLEAN })),
      },
    },
  ],
});
