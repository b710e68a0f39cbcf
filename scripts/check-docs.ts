// The documents tell the truth about the code: every ```ts block of the README and of docs compiles against the built
// packages, as a user would have them, the code tables of docs/PROTOCOL.md equal those of the protocol package, the
// table of variables in docs/OPERATIONS.md is the server's own, and the metrics that documents name are on its page.

import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLOSE_CODES, ERROR_CODES } from '@holdline/protocol';
import { VARIABLES } from '../packages/server/src/env.ts';
import { GAUGES } from '../packages/server/src/metrics-page.ts';
import { COUNTERS } from '../packages/server/src/metrics.ts';
import { compareTable, type CodeRow, type CodeTable } from './doc-tables.ts';
import { codeBlocksIn, tablesIn } from './markdown.ts';
import { ROOT, run } from './process.ts';

const WORK = join(ROOT, '.cache', 'docs-check');

const COMPILER_OPTIONS = {
  target: 'es2022',
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  jsx: 'react-jsx',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: true,
};

const documents = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })].filter((file) =>
  existsSync(join(ROOT, file)),
);
const problems = [...(await compileBlocks()), ...compareTables(), ...unknownMetrics()];
for (const problem of problems) console.error(problem);
console.log(`${documents.length} documents, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

async function compileBlocks(): Promise<string[]> {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  const files = new Map<string, string>();
  for (const document of documents) {
    for (const { language, line, code } of codeBlocksIn(readFileSync(join(ROOT, document), 'utf8'))) {
      if (language !== 'ts' && language !== 'tsx') continue;
      const name = `${document.replaceAll(/[^\w]/g, '_')}_${line}.${language}`;
      // Blank lines above, so that the compiler's line numbers are those of the document.
      writeFileSync(join(WORK, name), `${'\n'.repeat(line - 1)}${code}\nexport {};\n`);
      files.set(name, document);
    }
  }
  console.log(`${files.size} code blocks`);
  if (files.size === 0) return [];
  writeFileSync(join(WORK, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['.'] }));

  let output = '';
  const code = await run('tsc', ['-p', '.'], { cwd: WORK, onOutput: (text) => void (output += text) });
  if (code === 0) return [];
  for (const [name, document] of files) output = output.replaceAll(name, document);
  return output.trimEnd().split('\n');
}

function compareTables(): string[] {
  const rowsOf = (table: Readonly<Record<string, object>>) => table as Readonly<Record<string, CodeRow>>;
  return [
    ...compareIn('PROTOCOL.md', { name: 'error codes', key: 'code', rows: rowsOf(ERROR_CODES) }),
    ...compareIn('PROTOCOL.md', { name: 'close codes', key: 'name', rows: rowsOf(CLOSE_CODES) }),
    ...compareIn('OPERATIONS.md', { name: 'variables', key: 'variable', rows: rowsOf(VARIABLES) }),
  ];
}

function compareIn(name: string, expected: CodeTable): string[] {
  const file = join(ROOT, 'docs', name);
  if (!existsSync(file)) return [`docs/${name} is missing`];
  return compareTable(tablesIn(readFileSync(file, 'utf8')), expected);
}

function unknownMetrics(): string[] {
  const known = new Set<string>([
    ...Object.keys(GAUGES),
    ...Object.keys(COUNTERS).map((name) => `holdline_${name}_total`),
  ]);
  return documents.flatMap((document) =>
    [...readFileSync(join(ROOT, document), 'utf8').matchAll(/`(holdline_[a-z_]+)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => !known.has(name))
      .map((name) => `${document}: no metric is called ${name}`),
  );
}
