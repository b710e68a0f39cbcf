// Reads the two things that check-docs wants of a Markdown file: fenced code and tables.

export interface CodeBlock {
  readonly language: string;
  /** Line number of the first line of code, from 1. */
  readonly line: number;
  readonly code: string;
}

export interface Table {
  readonly line: number;
  /** Lower-case column names. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function codeBlocksIn(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { language: string; line: number; code: string[] } | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    const fence = /^\s*```(\S*)/.exec(text);
    if (fence === null) open?.code.push(text);
    else if (open === undefined) open = { language: fence[1] ?? '', line: index + 2, code: [] };
    else {
      blocks.push({ ...open, code: open.code.join('\n') });
      open = undefined;
    }
  }
  return blocks;
}

export function tablesIn(markdown: string): Table[] {
  const lines = markdown.split('\n');
  const tables: Table[] = [];
  for (let index = 0; index + 1 < lines.length; index += 1) {
    if (!isRow(lines[index]!) || !/^\s*\|[\s:|-]+\|\s*$/.test(lines[index + 1]!)) continue;
    const line = index + 1;
    const columns = cellsOf(lines[index]!).map((cell) => cell.toLowerCase());
    const rows: string[][] = [];
    for (index += 2; index < lines.length && isRow(lines[index]!); index += 1) rows.push(cellsOf(lines[index]!));
    tables.push({ line, columns, rows });
  }
  return tables;
}

function isRow(text: string): boolean {
  return /^\s*\|.*\|\s*$/.test(text);
}

/** The cells of a row, without the backticks around a whole cell. `\|` is a bar inside a cell. */
function cellsOf(row: string): string[] {
  return row
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) =>
      cell
        .trim()
        .replaceAll('\\|', '|')
        .replace(/^`([^`]*)`$/, '$1'),
    );
}
