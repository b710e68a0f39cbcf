// Does cost grow linearly with members and with rooms? The same rate in ever larger rooms, and in ever more rooms: cores against
// deliveries, and how well a straight line explains them.

import { fitLine } from '../measure/statistics.ts';
import { measureFanOut, type FanOut } from './fan-out.ts';
import type { Entrant, Sample, Scale, Workload } from './workload.ts';

export const SWEEPS: Readonly<Record<string, readonly FanOut[]>> = {
  members: [50, 100, 200, 400, 800].map((members) => ({ rooms: 1, members, perSecond: 20 })),
  rooms: [100, 200, 400, 800, 1600].map((rooms) => ({ rooms, members: 2, perSecond: 0.5 })),
};

async function measure(entrant: Entrant, { warmUpMs, windowMs }: Scale): Promise<Sample> {
  const figures: Record<string, number> = {};
  const faultTexts: string[] = [];
  const add = (key: string, value: number): void => void (figures[key] = (figures[key] ?? 0) + value);
  for (const [name, steps] of Object.entries(SWEEPS)) {
    const points: { x: number; y: number }[] = [];
    for (const [i, step] of steps.entries()) {
      const sample = await measureFanOut(entrant, step, { warmUpMs, windowMs });
      const { perSecond = 0, peerCores = 0, lost = 0, doubled = 0, reordered = 0 } = sample.figures;
      points.push({ x: perSecond, y: peerCores });
      figures[`${name}${i}Rate`] = perSecond;
      figures[`${name}${i}Cores`] = peerCores;
      add('lost', lost);
      add('doubled', doubled);
      add('reordered', reordered);
      faultTexts.push(...sample.faultTexts);
    }
    const { slope, r2 } = fitLine(points);
    figures[`${name}Us`] = slope * 1e6;
    figures[`${name}R2`] = r2;
  }
  return { figures, faultTexts };
}

export const SWEEP: Workload = {
  name: 'sweep',
  title: 'sweep (one room of 50 to 800 members x 20/s; 100 to 1600 rooms x 2 members x 0.5/s)',
  isLong: true,
  maxPairs: 1,
  peers: ['holdline', 'classic'],
  columns: [
    { key: 'membersUs', heading: 'members: CPU us for one more delivery', digits: 1 },
    { key: 'membersR2', heading: 'members: R2 of a line', digits: 4 },
    { key: 'roomsUs', heading: 'rooms: CPU us for one more delivery', digits: 1 },
    { key: 'roomsR2', heading: 'rooms: R2 of a line', digits: 4 },
    { key: 'lost', heading: 'lost' },
  ],
  measure,
};
