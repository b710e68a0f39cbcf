import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NOT_SHOWN, SHOWN_RULES } from './rules.ts';

test('every rule of the guarantees is judged, or it is said why a history cannot show it', () => {
  const guarantees = readFileSync(new URL('../../../../docs/GUARANTEES.md', import.meta.url), 'utf8');
  const rules = [...guarantees.matchAll(/^### (G\d+\.\d+) /gm)].map((match) => match[1]);

  expect(new Set([...SHOWN_RULES, ...Object.keys(NOT_SHOWN)])).toEqual(new Set(rules));
});
