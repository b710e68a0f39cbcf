// The command line of `npm run bench`. Pure.

import { parseArgs } from 'node:util';

export const WORKLOADS = ['A', 'A2', 'B', 'C', 'D', 'E', 'G', 'H', 'F', 'A3', 'sweep', 'browser'] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

export interface BenchOptions {
  readonly workloads: readonly WorkloadName[];
  /** Names of peers, or null for all that run here. */
  readonly peers: readonly string[] | null;
  readonly pairs: number;
  readonly windowMs: number;
  readonly warmUpMs: number;
  readonly isFull: boolean;
  readonly isCi: boolean;
  readonly nodeFlags: readonly string[];
}

const SHORT = { pairs: 3, seconds: 4, warmUp: 3 };
const FULL = { pairs: 5, seconds: 10, warmUp: 5 };
const CI = { pairs: 5, seconds: 3, warmUp: 2 };

/** @throws Error that says which argument makes no sense. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      peers: { type: 'string' },
      pairs: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      full: { type: 'boolean', default: false },
      ci: { type: 'boolean', default: false },
      'node-flags': { type: 'string', default: '' },
    },
  });
  const preset = values.full ? FULL : values.ci ? CI : SHORT;
  return {
    workloads: values.ci ? ['A'] : workloadsIn(values.only),
    peers: values.ci ? ['holdline', 'classic'] : (values.peers?.split(',') ?? null),
    pairs: numberIn('pairs', values.pairs, preset.pairs, 1),
    windowMs: 1000 * numberIn('seconds', values.seconds, preset.seconds, 0.1),
    warmUpMs: 1000 * numberIn('warm-up', values['warm-up'], preset.warmUp, 0),
    isFull: values.full,
    isCi: values.ci,
    nodeFlags: values['node-flags'].split(' ').filter((flag) => flag !== ''),
  };
}

function workloadsIn(only: string | undefined): readonly WorkloadName[] {
  if (only === undefined) return WORKLOADS;
  return only.split(',').map((name) => {
    const workload = WORKLOADS.find((known) => known === name);
    if (workload === undefined) throw new Error(`--only ${name}: there are ${WORKLOADS.join(', ')}`);
    return workload;
  });
}

function numberIn(name: string, text: string | undefined, otherwise: number, least: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isNaN(value) || value < least) throw new Error(`--${name} takes a number from ${least}`);
  return value;
}
