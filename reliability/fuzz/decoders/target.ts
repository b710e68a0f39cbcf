/** One decoder under attack: what it is fed, and what must hold for whatever it answers. */

export interface Target<Input extends string | Buffer = string | Buffer> {
  readonly name: string;
  /** The next hostile input; the same sequence for the same seed. */
  next(): Input;
  /** Feeds it. Throws, or returns a `Violation`, when the decoder broke a promise; a label for the count otherwise. */
  check(input: Input): string | Violation;
}

/** A promise of a decoder that an input broke. */
export class Violation {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

export const broken = (what: string): Violation => new Violation(what);
