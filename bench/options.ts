// The command line of `npm run bench`. Pure.

import { parseArgs } from 'node:util';
import type { Scale } from './workloads/workload.ts';

export interface BenchOptions extends Scale {
  /** Names of workloads and of peers; null for all. */
  readonly workloads: readonly string[] | null;
  readonly peers: readonly string[] | null;
  readonly pairs: number;
  readonly isCi: boolean;
  readonly nodeFlags: readonly string[];
  /** Folder of the report, or null for none. */
  readonly out: string | null;
  readonly command: string;
}

const SHORT = { pairs: 1, seconds: 3, warmUp: 2, out: 'docs/benchmarks/short' };
const FULL = { pairs: 3, seconds: 8, warmUp: 4, out: 'docs/benchmarks' };
const CI = { pairs: 5, seconds: 3, warmUp: 2, out: null };
/** What the short form of continuous integration measures. */
const CI_WORKLOADS = ['A'];
const CI_PEERS = ['holdline', 'classic'];

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
      out: { type: 'string' },
    },
  });
  const preset = values.full ? FULL : values.ci ? CI : SHORT;
  // A part of a report would overwrite a whole one.
  const isPart = values.only !== undefined || values.peers !== undefined;
  return {
    workloads: values.ci ? CI_WORKLOADS : listIn(values.only),
    peers: values.ci ? CI_PEERS : listIn(values.peers),
    pairs: numberIn('pairs', values.pairs, preset.pairs, 1),
    windowMs: 1000 * numberIn('seconds', values.seconds, preset.seconds, 0.1),
    warmUpMs: 1000 * numberIn('warm-up', values['warm-up'], preset.warmUp, 0),
    isFull: values.full,
    isCi: values.ci,
    nodeFlags: values['node-flags'].split(' ').filter((flag) => flag !== ''),
    out: values.out ?? (isPart ? null : preset.out),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  };
}

/** Those of `all` that are named, in the order in which they are named; all when nothing is. */
export function choose<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  names: readonly string[] | null,
): readonly T[] {
  if (names === null) return all;
  return names.map((name) => {
    const found = all.find((one) => one.name === name);
    if (found === undefined)
      throw new Error(`${what} ${name} is unknown; there are ${all.map((one) => one.name).join(', ')}`);
    return found;
  });
}

const listIn = (text: string | undefined): readonly string[] | null => text?.split(',') ?? null;

function numberIn(name: string, text: string | undefined, otherwise: number, least: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isNaN(value) || value < least) throw new Error(`--${name} takes a number from ${least}`);
  return value;
}
