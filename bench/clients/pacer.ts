// Sends at a steady rate, by the clock: a timer that fires late is made up for, up to a bound.

import { nowUs } from './payload.ts';

/** One turn sends no more than this, so that answers are read in between. */
const MAX_PER_TURN = 512;

export class Pacer {
  readonly #send: () => void;
  readonly #everyUs: number;
  readonly #startUs = nowUs();
  #sent = 0;
  #timer: NodeJS.Timeout | NodeJS.Immediate | null = null;

  constructor(perSecond: number, send: () => void) {
    this.#everyUs = 1e6 / perSecond;
    this.#send = send;
    this.#turn();
  }

  stop(): void {
    // A cleared timer of either kind is ignored by the other's function.
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
  }

  #turn(): void {
    const due = Math.floor((nowUs() - this.#startUs) / this.#everyUs) + 1;
    const end = Math.min(due, this.#sent + MAX_PER_TURN);
    for (; this.#sent < end; this.#sent++) this.#send();
    const waitMs = (this.#startUs + this.#sent * this.#everyUs - nowUs()) / 1000;
    const again = (): void => this.#turn();
    this.#timer = waitMs <= 0 ? setImmediate(again) : setTimeout(again, waitMs);
  }
}
