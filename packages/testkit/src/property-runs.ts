// How often a random test runs: as often as it says, and much more often in a long run (`npm run test:long`).

const LONG_RUN_FACTOR = 50;

export function propertyRuns(count: number): number {
  return process.env['HOLDLINE_LONG'] === undefined ? count : count * LONG_RUN_FACTOR;
}
