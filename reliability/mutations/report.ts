/** What became of the mutations, for the terminal and for docs/reliability/mutations.md. Pure. */
import type { Mutation } from './patch-file.ts';

export interface Verdict {
  readonly mutation: Mutation;
  /** The tests that turned red, by their titles; empty when it survived. */
  readonly caughtBy: readonly string[];
  /** Why there is no verdict: it does not apply, or the tests are red without it. */
  readonly problem: string | null;
  readonly ms: number;
}

export const isCaught = ({ caughtBy, problem }: Verdict): boolean => problem === null && caughtBy.length > 0;

export function lineOf(verdict: Verdict): string {
  const { mutation, caughtBy, problem, ms } = verdict;
  const head = `${isCaught(verdict) ? 'caught ' : 'SURVIVED'} ${mutation.name} (${mutation.rules.join(', ')}, ${(ms / 1000).toFixed(1)} s)`;
  if (problem !== null) return `${head.replace('SURVIVED', 'FAILED  ')}\n    ${problem}`;
  if (caughtBy.length === 0) return `${head}\n    no test of ${mutation.files.join(' ')} turned red`;
  return `${head}\n    ${caughtBy[0]}${caughtBy.length > 1 ? ` and ${caughtBy.length - 1} more` : ''}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function markdownOf(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ mutation, caughtBy, problem }) => {
    const more = caughtBy.length > 1 ? ` (and ${caughtBy.length - 1} more)` : '';
    const result = problem ?? (caughtBy[0] === undefined ? '**survived**' : `${caughtBy[0]}${more}`);
    return `| \`${mutation.name}\` | ${cell(mutation.breaks)} | ${mutation.rules.join(', ')} | ${cell(result)} |`;
  });
  return `# Mutations

Deliberate faults in server and SDK, each a patch in \`reliability/mutations/patches\`. \`npm run mutate\` applies them one at a time to a
copy of the tree, runs the tests that each patch names, and needs red with the patch and green without it. This page is its output.

${verdicts.filter(isCaught).length} of ${verdicts.length} are caught.

| mutation | what it breaks | rule | caught by |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
