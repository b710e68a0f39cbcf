/**
 * beside Hop 7/8 – how many reads of history one instance has under way at a time. Each may hold a page of large
 * messages in memory; whoever comes later waits its turn, first come first served. The queue holds at most four
 * waiters for each room that is open (its fill, its past, its catch-up, and a page read ahead that nobody wants any more), which bounds it.
 */
export class ReadGate {
  readonly #width: number;
  #underWay = 0;
  readonly #waiters: (() => void)[] = [];

  constructor(width: number) {
    this.#width = width;
  }

  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#underWay >= this.#width) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    else this.#underWay += 1;
    try {
      return await read();
    } finally {
      // The place passes straight to the next waiter, so that nobody can slip in between.
      const next = this.#waiters.shift();
      if (next === undefined) this.#underWay -= 1;
      else next();
    }
  }
}
