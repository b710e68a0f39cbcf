/**
 * `npm run mutate [-- --only name …]`: does every deliberate fault turn a test red? Works on a copy of the tree. A run of all
 * of them writes docs/reliability/mutations.md. Exits with 1 when one survives, or does not apply any more.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readMutations, type Mutation } from './patch-file.ts';
import { isCaught, lineOf, markdownOf, type Verdict } from './report.ts';
import { runTests, type TestRun } from './test-run.ts';
import { copyTree, type TreeCopy } from './tree-copy.ts';

/** A mutation may make a test wait for ever. */
const DEADLINE_MS = 60_000;
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PAGE = join(ROOT, 'docs', 'reliability', 'mutations.md');

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const all = readMutations(join(ROOT, 'reliability', 'mutations', 'patches'));
const chosen = values.only === undefined ? all : all.filter(({ name }) => values.only?.includes(name));
if (chosen.length === 0) throw new Error(`there are ${all.map(({ name }) => name).join(', ')}`);

const tree = copyTree(ROOT);
process.on('exit', () => tree.remove());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const verdicts: Verdict[] = [];
const untouched = new Map<string, Promise<TestRun>>();
for (const mutation of chosen) {
  const verdict = await judge(tree, mutation);
  verdicts.push(verdict);
  console.log(lineOf(verdict));
}
const caught = verdicts.filter(isCaught).length;
console.log(`${caught} of ${verdicts.length} mutations were caught`);
if (values.only === undefined) {
  mkdirSync(dirname(PAGE), { recursive: true });
  writeFileSync(PAGE, markdownOf(verdicts));
}
process.exitCode = caught === verdicts.length ? 0 : 1;

async function judge(copy: TreeCopy, mutation: Mutation): Promise<Verdict> {
  const startedAt = performance.now();
  const verdict = (caughtBy: readonly string[], problem: string | null): Verdict => ({
    mutation,
    caughtBy,
    problem,
    ms: performance.now() - startedAt,
  });
  const before = await withoutMutation(copy, mutation);
  if (!before.isGreen) return verdict([], `its tests are red without it: ${before.failed[0] ?? before.tail}`);
  const refusal = copy.apply(mutation.path);
  if (refusal !== null) return verdict([], refusal);
  const { isGreen, failed, tail } = await runTests(copy.root, mutation, DEADLINE_MS);
  copy.revert(mutation.path);
  if (!isGreen && failed.length === 0) return verdict([], `vitest failed outside of any test: ${tail}`);
  return verdict(failed, null);
}

/** Several mutations name the same tests: those run once. */
function withoutMutation(copy: TreeCopy, { project, files }: Mutation): Promise<TestRun> {
  const key = [project, ...files].join(' ');
  const run = untouched.get(key) ?? runTests(copy.root, { project, files }, DEADLINE_MS);
  untouched.set(key, run);
  return run;
}
