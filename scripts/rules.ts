// The pure part of check-rules: rule IDs in a document, rule IDs in test titles, and what is missing on either side.

/** `G4` or `G4.2`. */
const ID = String.raw`G\d+(?:\.\d+)?`;
const HEADING = new RegExp(String.raw`^#{2,4} (${ID})(?=[ :.]|$)`, 'gm');
const TITLE = /\b(?:test|it|describe)\b[^('"`\n]*(?:\([^)'"`]*\)[^('"`\n]*)?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
const BRACKETS = new RegExp(String.raw`\[(${ID}(?:, ?${ID})*)\]`, 'g');

export interface TitledId {
  readonly id: string;
  readonly file: string;
}

/** The rules of a document: its headings that carry an ID. A heading with sub-rules is a group, not a rule. */
export function rulesIn(markdown: string): string[] {
  const ids = [...markdown.matchAll(HEADING)].map((match) => match[1]!);
  return ids.filter((id) => !ids.some((other) => other.startsWith(`${id}.`)));
}

/** Rules that a document has twice. */
export function repeatedIn(ids: readonly string[]): string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

export function idsInTitles(file: string, source: string): TitledId[] {
  return [...source.matchAll(TITLE)].flatMap((title) =>
    [...title[2]!.matchAll(BRACKETS)].flatMap((brackets) => brackets[1]!.split(/, ?/).map((id) => ({ id, file }))),
  );
}

/** One sentence for every rule without a test and every test of a rule that does not exist. */
export function compareRules(rules: readonly string[], titled: readonly TitledId[]): string[] {
  const tested = new Set(titled.map(({ id }) => id));
  const known = new Set(rules);
  return [
    ...repeatedIn(rules).map((id) => `${id} is defined twice`),
    ...rules.filter((id) => !tested.has(id)).map((id) => `${id} has no test: no title contains [${id}]`),
    ...titled.filter(({ id }) => !known.has(id)).map(({ id, file }) => `${file} names [${id}], which is not a rule`),
  ];
}
