/**
 * Makes hostile frames out of golden ones, fast: a frame is cut into JSON tokens once, and a mutation is a few edits of
 * that list and one join. Seeded: the same random numbers give the same frames.
 */
import type { SeededRandom } from '@holdline/testkit';
import { FIELDS, HEAVY, PIECES, TYPES, VALUES } from './values.ts';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^{}[\],:"\s]+/g;

/** Where, in the token list of a golden frame, its values and its keys stand. */
interface Golden {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly values: readonly number[];
  readonly keys: readonly number[];
}

const isPunctuation = (token: string | undefined): boolean => token !== undefined && '{}[],:'.includes(token);

function cut(text: string): Golden {
  const tokens = text.match(TOKEN) ?? [];
  const places = tokens.map((_, at) => at).filter((at) => !isPunctuation(tokens[at]));
  return {
    text,
    tokens,
    values: places.filter((at) => tokens[at + 1] !== ':'),
    keys: places.filter((at) => tokens[at + 1] === ':'),
  };
}

/** One way to make a frame, and how often it is taken, in parts of 1000. */
interface Way {
  readonly share: number;
  make(): string;
}

export class FrameMutator {
  readonly #random: SeededRandom;
  readonly #golden: readonly Golden[];
  readonly #ways: readonly Way[] = [
    { share: 80, make: () => this.#random.pick(this.#golden).text },
    { share: 557, make: () => this.#editTokens() },
    { share: 120, make: () => this.#editText(this.#random.pick(this.#golden).text) },
    { share: 40, make: () => this.#cross() },
    { share: 160, make: () => this.#assemble() },
    { share: 40, make: () => this.#babble() },
    { share: 3, make: () => this.#burden() },
  ];
  /** Index by a number below 1000. */
  readonly #way = this.#ways.flatMap(({ share, make }) => Array.from({ length: share }, () => make));

  constructor(random: SeededRandom, frames: readonly string[]) {
    this.#random = random;
    this.#golden = frames.map((frame) => cut(JSON.stringify(JSON.parse(frame))));
  }

  next(): string {
    return (this.#way[this.#random.below(1000)] as () => string)();
  }

  /** Makes another frame out of this one, which must be JSON. */
  mutate(text: string): string {
    return this.#random.below(4) === 0 ? this.#editText(text) : this.#editTokens(cut(text));
  }

  /** One to three values, keys or pairs of a golden frame become others. */
  #editTokens(golden = this.#random.pick(this.#golden)): string {
    const tokens = [...golden.tokens];
    for (let edits = 1 + this.#random.below(3); edits > 0; edits -= 1) this.#editToken(golden, tokens);
    return tokens.join('');
  }

  #editToken({ values, keys }: Golden, tokens: string[]): void {
    const random = this.#random;
    const value = random.pick(values);
    const key = keys[random.below(keys.length)] ?? 0;
    switch (random.below(8)) {
      case 0:
      case 1:
      case 2:
        tokens[value] = random.pick(VALUES);
        return;
      case 3:
        tokens[value] = tokens[random.pick(values)] as string;
        return;
      case 4:
        tokens[key] = `"${random.pick(FIELDS)}"`;
        return;
      case 5:
        // The same key again, before or after the true one: the last one counts.
        tokens[key] = `${tokens[key]}:${random.pick(VALUES)},${tokens[key]}`;
        return;
      case 6:
        tokens[0] = `{"${random.pick(FIELDS)}":${random.pick(VALUES)},`;
        return;
      default:
        // A piece less, which as often as not leaves no JSON.
        tokens[random.below(2) === 0 ? value : random.below(tokens.length)] = random.below(4) === 0 ? '' : '0';
    }
  }

  /** One to four cuts, repeats and insertions anywhere in the text. */
  #editText(text: string): string {
    const random = this.#random;
    let edited = text;
    for (let edits = 1 + random.below(4); edits > 0; edits -= 1) {
      const at = random.below(edited.length + 1);
      const end = Math.min(edited.length, at + random.below(9));
      const between = random.below(3) === 0 ? '' : random.pick(PIECES);
      edited = edited.slice(0, at) + between + edited.slice(random.below(2) === 0 ? at : end);
    }
    return random.below(8) === 0 ? edited.slice(0, random.below(edited.length + 1)) : edited;
  }

  #cross(): string {
    const head = this.#random.pick(this.#golden).tokens;
    const tail = this.#random.pick(this.#golden).tokens;
    return (
      head.slice(0, this.#random.below(head.length)).join('') + tail.slice(this.#random.below(tail.length)).join('')
    );
  }

  /** A frame of a known type with fields at random. */
  #assemble(): string {
    const random = this.#random;
    let text = `{"type":"${random.pick(TYPES)}"`;
    for (let fields = random.below(6); fields > 0; fields -= 1) {
      text += `,"${random.pick(FIELDS)}":${random.pick(VALUES)}`;
    }
    return `${text}}`;
  }

  #babble(): string {
    let text = '';
    for (let pieces = this.#random.below(24); pieces > 0; pieces -= 1) text += this.#random.pick(PIECES);
    return text;
  }

  /** Something deep, long or wide in place of a value. The heavier, the rarer. */
  #burden(): string {
    const random = this.#random;
    const golden = random.pick(this.#golden);
    const tokens = [...golden.tokens];
    tokens[random.pick(golden.values)] = HEAVY[
      Math.min(random.below(HEAVY.length), random.below(HEAVY.length))
    ] as string;
    return tokens.join('');
  }
}
