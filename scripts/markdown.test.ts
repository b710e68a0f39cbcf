import { expect, test } from 'vitest';
import { codeBlocksIn, tablesIn } from './markdown.ts';

test('code blocks come with their language and the line of their first line', () => {
  const markdown = ['text', '```ts', 'const a = 1;', 'a;', '```', '```', 'plain', '```'].join('\n');

  expect(codeBlocksIn(markdown)).toEqual([
    { language: 'ts', line: 3, code: 'const a = 1;\na;' },
    { language: '', line: 7, code: 'plain' },
  ]);
});

test('tables come with lower-case columns and cells without backticks', () => {
  const markdown = [
    '# Codes',
    '| Code | Retry |',
    '| --- | :-: |',
    '| `bad_room` | never |',
    '| `a\\|b` | x `y` |',
    '',
  ].join('\n');

  expect(tablesIn(markdown)).toEqual([
    {
      line: 2,
      columns: ['code', 'retry'],
      rows: [
        ['bad_room', 'never'],
        ['a|b', 'x `y`'],
      ],
    },
  ]);
});
