import { expect, test } from 'vitest';
import { compareRules, idsInTitles, rulesIn } from './rules.ts';

test('rules are the headings with an ID; a heading above others is a group', () => {
  const markdown = ['## G1 Order', '### G1.1 One order', 'text G9.9', '### G1.2', '## G2: alone', '# G3 a title'].join(
    '\n',
  );

  expect(rulesIn(markdown)).toEqual(['G1.1', 'G1.2', 'G2']);
});

test('IDs are found in titles of tests, cases and groups, several at a time', () => {
  const source = `
    test('[G1.1] one', () => {});
    it.each([1, 2])("[G1.2, G2] two", () => {});
    test.describe(\`[G3] \${name} three\`, () => {});
    test(
      '[G4] [G5] over lines',
      () => {},
    );
    const text = 'no title [G6]';
  `;

  expect(idsInTitles('a.test.ts', source).map(({ id }) => id)).toEqual(['G1.1', 'G1.2', 'G2', 'G3', 'G4', 'G5']);
});

test('an orphan on either side is named', () => {
  const titled = [
    { id: 'G1', file: 'a.test.ts' },
    { id: 'G9', file: 'b.test.ts' },
  ];

  expect(compareRules(['G1', 'G2', 'G2'], titled)).toEqual([
    'G2 is defined twice',
    'G2 has no test: no title contains [G2]',
    'G2 has no test: no title contains [G2]',
    'b.test.ts names [G9], which is not a rule',
  ]);
});
