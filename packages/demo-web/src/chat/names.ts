/** Display names: what may be one, and a suggestion for the first visit. */
export const MAX_NAME_LENGTH = 32;

const FIRST = [
  'Amber',
  'Brisk',
  'Calm',
  'Clever',
  'Gentle',
  'Keen',
  'Lucky',
  'Mellow',
  'Nimble',
  'Quiet',
  'Sunny',
  'Swift',
];
const SECOND = [
  'Badger',
  'Curlew',
  'Heron',
  'Lynx',
  'Marten',
  'Otter',
  'Plover',
  'Robin',
  'Seal',
  'Tern',
  'Vole',
  'Wren',
];

/** `random` answers in [0, 1). */
export function suggestName(random: () => number = Math.random): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? 'Otter';
  return `${pick(FIRST)} ${pick(SECOND)}`;
}

/** The name as the server may take it, or null: no control characters or lone surrogates, one space between words. */
export function cleanName(text: string): string | null {
  const name = text
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return name === '' || name.length > MAX_NAME_LENGTH ? null : name;
}

/** A steady hue for a name, so that people are told apart at a glance; 0 to 5. */
export function toneOf(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}

export const initialOf = (name: string): string => String.fromCodePoint(name.codePointAt(0) ?? 0x3f).toUpperCase();
