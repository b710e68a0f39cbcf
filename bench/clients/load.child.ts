// A load process: answers the calls of LoadCalls that come over its channel, one after the other, and ends with it.

import { Load } from './load.ts';
import type { LoadCalls } from './load-calls.ts';

interface Call {
  readonly id: number;
  readonly name: keyof LoadCalls;
  readonly args: readonly unknown[];
}

const load = new Load();
const call = load as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;

process.on('message', ({ id, name, args }: Call) => {
  call[name]!(...args).then(
    (value) => process.send!({ id, value }),
    (error: unknown) => process.send!({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
