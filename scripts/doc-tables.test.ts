import { expect, test } from 'vitest';
import { compareTable } from './doc-tables.ts';

const expected = {
  name: 'error codes',
  key: 'code',
  rows: { bad_room: { retry: 'never' }, busy: { retry: 'backoff' } },
};
const table = (...rows: string[][]) => [{ line: 1, columns: ['code', 'retry'], rows }];

test('equal tables, in any order of rows, bring no complaint', () => {
  expect(compareTable(table(['busy', 'backoff'], ['bad_room', 'never']), expected)).toEqual([]);
});

test('a missing row, a different cell and an unknown row are named', () => {
  expect(compareTable(table(['busy', 'never'], ['odd', 'never']), expected)).toEqual([
    'error codes: bad_room is missing',
    "error codes: busy.retry is 'never', not 'backoff'",
    'error codes: odd does not exist',
  ]);
});

test('a document without such a table is named', () => {
  expect(compareTable([], expected)).toEqual(['no table with the columns code, retry (error codes)']);
});
