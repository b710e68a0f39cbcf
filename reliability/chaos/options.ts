// The arguments of a run.

import { parseArgs } from 'node:util';
import { faultKindsOf } from './faults/index.ts';

export interface Options {
  readonly seed: number;
  readonly minutes: number;
  readonly engine: 'redis' | 'embedded';
  /** The run ends before its time when so many are acknowledged and each kind came so often; 0 and 0 for the whole time. */
  readonly messages: number;
  readonly each: number;
  /** Kinds; empty for all of them. */
  readonly faults: readonly string[];
  /** Messages a second that all Node pages together try to publish. */
  readonly rate: number;
  readonly servers: number;
  /** Node browsers, of two pages each. */
  readonly browsers: number;
  /** Chromium tabs. */
  readonly tabs: number;
}

/** @throws Error that says which argument makes no sense */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '1' },
      engine: { type: 'string', default: 'redis' },
      faults: { type: 'string', default: '' },
      rate: { type: 'string', default: '600' },
      servers: { type: 'string', default: '3' },
      browsers: { type: 'string', default: '3' },
      tabs: { type: 'string', default: '2' },
      messages: { type: 'string', default: '0' },
      each: { type: 'string', default: '0' },
    },
  });
  const number = (name: Exclude<keyof typeof values, 'engine' | 'faults'>, least: number): number => {
    const value = Number(values[name]);
    if (!(value >= least)) throw new Error(`--${name} takes a number from ${least} up, not ${values[name]}`);
    return value;
  };
  const { engine } = values;
  if (engine !== 'redis' && engine !== 'embedded') throw new Error('--engine is redis or embedded');
  const faults = values.faults.split(',').filter((kind) => kind !== '');
  const known = faultKindsOf(engine).map(({ kind }) => kind);
  const unknown = faults.filter((kind) => !known.includes(kind));
  if (unknown.length > 0) throw new Error(`unknown faults: ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return {
    seed: number('seed', 0),
    minutes: number('minutes', 0),
    engine,
    faults,
    rate: number('rate', 0),
    servers: number('servers', 1),
    browsers: number('browsers', 1),
    tabs: number('tabs', 0),
    messages: number('messages', 0),
    each: number('each', 0),
  };
}
