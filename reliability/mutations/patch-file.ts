/**
 * A mutation is a patch with a head of its own, which `git apply` passes over:
 *
 *     Breaks: what the fault does, in one sentence
 *     Rule: G4.1
 *     Test: unit packages/server/src/room/room.test.ts
 *
 * `Test` is the vitest project and the smallest selection that has to turn red.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Mutation {
  /** The file name without its ending. */
  readonly name: string;
  readonly path: string;
  readonly breaks: string;
  readonly rules: readonly string[];
  readonly project: string;
  readonly files: readonly string[];
  /** The files that it changes. */
  readonly changes: readonly string[];
}

const RULE = /^G\d+\.\d+$/;
const PROJECTS = ['unit', 'redis'];

/** @throws Error that names the patch and what its head lacks. */
export function parseMutation(path: string, name: string, text: string): Mutation {
  const [head = ''] = text.split(/^diff --git /m, 1);
  const field = (key: string): string => {
    const value = new RegExp(`^${key}: (.+)$`, 'm').exec(head)?.[1]?.trim();
    if (value === undefined) throw new Error(`${name}: its head has no line "${key}: …"`);
    return value;
  };
  const rules = field('Rule').split(/, ?/);
  const [project = '', ...files] = field('Test').split(' ');
  const changes = [...text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map((match) => match[1] as string);
  if (!rules.every((rule) => RULE.test(rule))) throw new Error(`${name}: ${rules.join(', ')} is no rule`);
  if (!PROJECTS.includes(project) || files.length === 0) throw new Error(`${name}: "Test" names a project and files`);
  if (changes.length === 0) throw new Error(`${name}: it changes nothing`);
  return { name, path, breaks: field('Breaks'), rules, project, files, changes };
}

/** All mutations of a folder, by name. */
export function readMutations(folder: string): readonly Mutation[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .toSorted()
    .map((file) => {
      const path = join(folder, file);
      return parseMutation(path, file.slice(0, -'.patch'.length), readFileSync(path, 'utf8'));
    });
}
