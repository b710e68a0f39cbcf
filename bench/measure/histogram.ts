// A high dynamic range histogram of whole numbers: buckets whose width grows with the value, so that every figure is within one
// part in 128 of the truth, at one addition a value. Merges with another and travels between processes as plain numbers.

const SUB_BITS = 7;
const SUB = 1 << SUB_BITS;
/** Values up to 2^31: 35 minutes in microseconds. */
const BUCKETS = SUB * (32 - SUB_BITS);
const MAX = 2 ** 31 - 1;

export interface HistogramData {
  /** Pairs of bucket and count, for buckets that hold something. */
  readonly counts: readonly (readonly [number, number])[];
  readonly max: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #max = 0;

  get total(): number {
    return this.#total;
  }

  get max(): number {
    return this.#max;
  }

  /** A negative value counts as 0. */
  record(value: number): void {
    const whole = value < 0 ? 0 : value > MAX ? MAX : Math.floor(value);
    this.#counts[bucketOf(whole)]! += 1;
    this.#total += 1;
    if (whole > this.#max) this.#max = whole;
  }

  /** The value below or at which this share of all values lies; 0 when there is none. `share` is from 0 to 1. */
  percentile(share: number): number {
    if (this.#total === 0) return 0;
    const rank = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= rank) return Math.min(highestIn(bucket), this.#max);
    }
    return this.#max;
  }

  merge({ counts, max }: HistogramData): void {
    for (const [bucket, count] of counts) {
      this.#counts[bucket]! += count;
      this.#total += count;
    }
    this.#max = Math.max(this.#max, max);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#max = 0;
  }

  toData(): HistogramData {
    const counts: [number, number][] = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) counts.push([bucket, count]);
    });
    return { counts, max: this.#max };
  }
}

/** Values below 2^SUB_BITS have a bucket each; above, every doubling has 2^SUB_BITS buckets. */
function bucketOf(value: number): number {
  if (value < SUB) return value;
  const shift = 31 - Math.clz32(value) - SUB_BITS;
  return shift * SUB + (value >>> shift);
}

function highestIn(bucket: number): number {
  if (bucket < 2 * SUB) return bucket;
  const shift = Math.floor(bucket / SUB) - 1;
  const low = (bucket - shift * SUB) * 2 ** shift;
  return low + 2 ** shift - 1;
}
