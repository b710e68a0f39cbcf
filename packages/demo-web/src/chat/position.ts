/** Stream IDs as the page needs them: `<ms>-<n>`, compared as two numbers, never as text. */
const partsOf = (id: string): readonly [ms: number, n: number] => {
  const dash = id.indexOf('-');
  return [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
};

/** Which message of its room this is, counted from 1. */
export const numberOf = (id: string): number => partsOf(id)[1];

export function isAfter(id: string, other: string): boolean {
  const [ms, n] = partsOf(id);
  const [otherMs, otherN] = partsOf(other);
  return ms === otherMs ? n > otherN : ms > otherMs;
}
