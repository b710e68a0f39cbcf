/** Who is writing just now, pure: a signal keeps someone on the list for a moment, their message takes them off. */
export const TYPING_MS = 5_000;
const MAX_TYPISTS = 20;

export interface Typist {
  readonly room: string;
  readonly name: string;
  readonly until: number;
}

export function heard(list: readonly Typist[], room: string, name: string, isTyping: boolean, now: number) {
  const others = still(list, now).filter((typist) => typist.room !== room || typist.name !== name);
  return isTyping ? [...others, { room, name, until: now + TYPING_MS }].slice(-MAX_TYPISTS) : others;
}

export const still = (list: readonly Typist[], now: number): readonly Typist[] =>
  list.filter((typist) => typist.until > now);

export function typingWords(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return '';
  if (second === undefined) return `${first} is writing…`;
  return names.length === 2
    ? `${first} and ${second} are writing…`
    : `${first} and ${names.length - 1} others are writing…`;
}
