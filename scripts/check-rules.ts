// Every rule of docs/GUARANTEES.md has a test with its ID in the title, and every ID in a title is a rule.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './process.ts';
import { compareRules, idsInTitles, rulesIn } from './rules.ts';

const TESTS = '{packages,e2e,bench}/**/*.{test,spec,contract}.{ts,tsx}';

const rules = rulesIn(readFileSync(join(ROOT, 'docs', 'GUARANTEES.md'), 'utf8'));
const files = globSync(TESTS, { cwd: ROOT, exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name) });
const titled = files.flatMap((file) => idsInTitles(file, readFileSync(join(ROOT, file), 'utf8')));

const problems = compareRules(rules, titled);
for (const problem of problems) console.error(problem);
if (rules.length === 0) problems.push('docs/GUARANTEES.md holds no rule');
console.log(
  `${rules.length} rules, ${titled.length} mentions in the titles of ${files.length} files, ${problems.length} problems`,
);
process.exitCode = problems.length > 0 ? 1 : 0;
