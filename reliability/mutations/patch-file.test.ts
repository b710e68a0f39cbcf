import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { parseMutation, readMutations } from './patch-file.ts';
import { markdownOf, type Verdict } from './report.ts';

// A process for each patch: a moment when the machine is idle; a loaded one is no failure.
vi.setConfig({ testTimeout: 30_000 });

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const MUTATIONS = readMutations(join(ROOT, 'reliability', 'mutations', 'patches'));

const HEAD = 'Breaks: it all\nRule: G1.1, G2.1\nTest: unit a.test.ts b.test.ts\n\n';
const BODY = 'diff --git a/x.ts b/x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n-a\n+b\n';

describe('the head of a mutation', () => {
  test('says what it breaks and which tests must see it', () => {
    expect(parseMutation('p', 'name', HEAD + BODY)).toEqual({
      name: 'name',
      path: 'p',
      breaks: 'it all',
      rules: ['G1.1', 'G2.1'],
      project: 'unit',
      files: ['a.test.ts', 'b.test.ts'],
      changes: ['x.ts'],
    });
  });

  test.each([
    ['no sentence', HEAD.replace('Breaks', 'Does') + BODY, 'Breaks'],
    ['no rule', HEAD.replace('G1.1, G2.1', 'the first') + BODY, 'is no rule'],
    ['no tests', HEAD.replace(' a.test.ts b.test.ts', '') + BODY, 'Test'],
    ['another project', HEAD.replace('unit', 'browser') + BODY, 'Test'],
    ['no change', HEAD, 'changes nothing'],
  ])('is refused with %s', (_name, text, reason) => {
    expect(() => parseMutation('p', 'name', text)).toThrow(reason);
  });
});

test('a page names what survived', () => {
  const mutation = parseMutation('p', 'name', HEAD + BODY);
  const verdict: Verdict = { mutation, caughtBy: [], problem: null, ms: 1 };

  expect(markdownOf([{ ...verdict, caughtBy: ['a | b', 'c'] }, verdict])).toContain(
    '| `name` | it all | G1.1, G2.1 | a \\| b (and 1 more) |\n| `name` | it all | G1.1, G2.1 | **survived** |',
  );
});

describe('the mutations of this tree', () => {
  const rules = readFileSync(join(ROOT, 'docs', 'GUARANTEES.md'), 'utf8');

  test('are fifteen or more', () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(15);
  });

  test.each(MUTATIONS)(
    '$name applies, breaks a rule that exists and names tests that exist',
    ({ path, rules: broken, files }) => {
      execFileSync('git', ['apply', '--check', path], { cwd: ROOT });

      for (const rule of broken) expect(rules).toContain(`### ${rule} `);
      for (const file of files) expect(existsSync(join(ROOT, file))).toBe(true);
    },
  );
});
