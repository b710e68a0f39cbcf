// Compares a table of codes in a document with the table in the protocol package, cell by cell.

import type { Table } from './markdown.ts';

export type CodeRow = Readonly<Record<string, string | number>>;

export interface CodeTable {
  /** What to call it in a complaint. */
  readonly name: string;
  /** The column of a document's table that holds the key. */
  readonly key: string;
  readonly rows: Readonly<Record<string, CodeRow>>;
}

/** The table of the document that has all columns of `expected`; complaints when there is none or a cell differs. */
export function compareTable(tables: readonly Table[], expected: CodeTable): string[] {
  const fields = [...new Set(Object.values(expected.rows).flatMap((row) => Object.keys(row)))];
  const wanted = [expected.key, ...fields];
  const table = tables.find(({ columns }) => wanted.every((column) => columns.includes(column)));
  if (table === undefined) return [`no table with the columns ${wanted.join(', ')} (${expected.name})`];

  const written = new Map(table.rows.map((cells) => [cells[table.columns.indexOf(expected.key)] ?? '', cells]));
  const complaints: string[] = [];
  for (const [key, row] of Object.entries(expected.rows)) {
    const cells = written.get(key);
    if (cells === undefined) complaints.push(`${expected.name}: ${key} is missing`);
    for (const field of cells === undefined ? [] : fields) {
      const text = cells?.[table.columns.indexOf(field)] ?? '';
      if (text !== String(row[field] ?? ''))
        complaints.push(`${expected.name}: ${key}.${field} is '${text}', not '${row[field]}'`);
    }
  }
  const unknown = [...written.keys()].filter((key) => !Object.hasOwn(expected.rows, key));
  return [...complaints, ...unknown.map((key) => `${expected.name}: ${key} does not exist`)];
}
