// Loss, duplicates and reordering of one member in one room, from the numbers alone. A number above the expected one opens a hole;
// a number that fills one came late; any other number below the expected one came twice. What is in no hole and was not
// seen by the end was lost as well. Memory grows with holes, not with messages.

export interface Counts {
  readonly received: number;
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
}

export class Tally {
  #next: number;
  #received = 0;
  #doubled = 0;
  #reordered = 0;
  /** Missing numbers as [from, to), in order. */
  readonly #holes: [number, number][] = [];

  /** `next` is the number that the member should see first. */
  constructor(next = 0) {
    this.#next = next;
  }

  /** The number after the highest one that was seen. */
  get next(): number {
    return this.#next;
  }

  get received(): number {
    return this.#received;
  }

  /** Each message once, however often it came. */
  get distinct(): number {
    return this.#received - this.#doubled;
  }

  see(n: number): void {
    this.#received += 1;
    if (n === this.#next) {
      this.#next += 1;
      return;
    }
    if (n > this.#next) {
      this.#holes.push([this.#next, n]);
      this.#next = n + 1;
      return;
    }
    if (this.#fill(n)) this.#reordered += 1;
    else this.#doubled += 1;
  }

  /** `published` is how many numbers were given out in the room, from 0. */
  counts(published: number): Counts {
    const inHoles = this.#holes.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, published) - from), 0);
    const lost = inHoles + Math.max(0, published - this.#next);
    return { received: this.#received, lost, doubled: this.#doubled, reordered: this.#reordered };
  }

  #fill(n: number): boolean {
    const at = this.#holes.findIndex(([from, to]) => n >= from && n < to);
    if (at < 0) return false;
    const [from, to] = this.#holes[at]!;
    const left: [number, number][] = [
      [from, n],
      [n + 1, to],
    ];
    this.#holes.splice(at, 1, ...left.filter(([first, end]) => first < end));
    return true;
  }
}

export const NO_COUNTS: Counts = { received: 0, lost: 0, doubled: 0, reordered: 0 };

export const addCounts = (a: Counts, b: Counts): Counts => ({
  received: a.received + b.received,
  lost: a.lost + b.lost,
  doubled: a.doubled + b.doubled,
  reordered: a.reordered + b.reordered,
});
