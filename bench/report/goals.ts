// Where Holdline must stand: ratios to a peer in the same run, and which way is better. Pure.

import { figureOf, ratioOf, type Results } from './results.ts';

export interface Goal {
  readonly title: string;
  readonly must: number;
  readonly aim: number;
  readonly isHigherBetter: boolean;
  measured(results: Results): number;
}

const OURS = 'holdline';

const ratio =
  (workload: string, key: string, to: string) =>
  (results: Results): number =>
    ratioOf(results, workload, key, OURS, to);

const lower = (title: string, must: number, aim: number, measured: Goal['measured']): Goal => ({
  title,
  must,
  aim,
  isHigherBetter: false,
  measured,
});
const higher = (title: string, must: number, aim: number, measured: Goal['measured']): Goal => ({
  ...lower(title, must, aim, measured),
  isHigherBetter: true,
});

export const GOALS: readonly Goal[] = [
  lower('CPU per delivery, A, to the classic server', 1, 0.8, ratio('A', 'cpuUs', 'classic')),
  lower('CPU per delivery, A2, to the classic server', 0.9, 0.75, ratio('A2', 'cpuUs', 'classic')),
  lower('CPU per delivery, B, to the classic server', 1.25, 1, ratio('B', 'cpuUs', 'classic')),
  higher('ramp, to the classic server', 2.5, 3.4, ratio('A3', 'perSecond', 'classic')),
  lower('p99 at A, to the classic server', 1.1, 0.9, ratio('A', 'p99Ms', 'classic')),
  lower('idle memory per connection, to the classic server', 1.3, 1, ratio('C', 'kilobytes', 'classic')),
  lower('resume of 10,000, to JetStream', 1, 0.6, ratio('D', 'ms10000', 'jetstream')),
  lower('storm of 300, CPU per missed message, to Nchan', 2, 1, ratio('G', 'cpuUs300', 'nchan')),
  lower('storm of 3,000, CPU per missed message, to Nchan', 2, 1, ratio('G', 'cpuUs3000', 'nchan')),
  higher('acknowledged publishes per second, to Nchan', 2, 4, ratio('E', 'perSecond', 'nchan')),
  lower('p99 of the fast members with a slow reader, to a run without', 1.2, 1.05, (results) =>
    figureOf(results, 'H', 'ratio', OURS),
  ),
  lower('CPU per received message in the SDK, to socket.io-client', 0.8, 0.4, ratio('browser', 'cpuUs', 'socketio')),
];

export function verdictOf({ must, aim, isHigherBetter }: Goal, measured: number): string {
  if (Number.isNaN(measured)) return 'not measured';
  const reaches = (line: number): boolean => (isHigherBetter ? measured >= line : measured <= line);
  if (reaches(aim)) return 'aim reached';
  return reaches(must) ? 'must reached' : 'missed';
}
