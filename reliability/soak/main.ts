/** `npm run soak -- --minutes M [--seed S] [--clients C]`: does everything return to its base line? Exits with 1 when not. */
import { parseArgs } from 'node:util';
import { holds, tableOf } from './books.ts';
import { soak } from './soak.ts';

const positive = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} takes a number above 0`);
  return value;
};

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    clients: { type: 'string', default: '100' },
  },
});
const seed = positive('seed', values.seed);
const minutes = positive('minutes', values.minutes);
const clients = positive('clients', values.clients);

console.log(`soak with seed ${seed}: ${minutes} minutes, 2 servers, 2 x ${clients} clients`);
const { rows, totals } = await soak({ seed, seconds: minutes * 60, clients, onEvent: (line) => console.log(line) });
console.log(
  Object.entries(totals)
    .map(([what, count]) => `${what} ${count.toLocaleString('en')}`)
    .join(', '),
);
console.log(tableOf(rows));
const failed = rows.filter((row) => !holds(row)).length;
console.log(failed === 0 ? 'soak: everything is back at its base line' : `soak: ${failed} figures are not`);
// The verdict stands; a line to a process that was killed must not keep this one.
process.exit(failed === 0 ? 0 : 1);
