// A stream of units that know their own length, cut into them. Some protocols lie in a WebSocket as they would in TCP: a frame may end in the
// middle of a unit, or hold many. Only what a chunk leaves unfinished is copied; what is handed out is valid during the call alone.

/** Where the unit that begins at `at` ends; 0 when that cannot be told, or is beyond the bytes. */
export type EndOf = (bytes: Buffer, at: number) => number;
export type OnUnit = (bytes: Buffer, at: number, end: number) => void;

/** Larger than any unit of a run; beyond it something else is on the line. */
const MAX_UNIT_BYTES = 16 * 1024 * 1024;

export class StreamCutter {
  readonly #endOf: EndOf;
  readonly #onUnit: OnUnit;
  #rest: Buffer | null = null;

  constructor(endOf: EndOf, onUnit: OnUnit) {
    this.#endOf = endOf;
    this.#onUnit = onUnit;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = null;
    let at = 0;
    while (at < bytes.length) {
      const end = this.#endOf(bytes, at);
      if (end === 0 || end > bytes.length) break;
      this.#onUnit(bytes, at, end);
      at = end;
    }
    if (at === bytes.length) return;
    if (bytes.length - at > MAX_UNIT_BYTES) throw new Error('a unit without an end');
    this.#rest = Buffer.from(bytes.subarray(at));
  }
}
