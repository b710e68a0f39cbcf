// The few figures that a report needs of a handful of runs.

/** NaN when there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return sorted.length === 0 ? Number.NaN : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median of the ratios of runs that were made side by side, which a machine that slows down for a while does not change. */
export const pairedRatio = (ours: readonly number[], theirs: readonly number[]): number =>
  median(ours.slice(0, theirs.length).map((value, i) => value / theirs[i]!));

export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** How much of the variance the line explains: 1 is a straight line. */
  readonly r2: number;
}

/** Least squares. */
export function fitLine(points: readonly { readonly x: number; readonly y: number }[]): Line {
  const n = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n;
  const sxx = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const sxy = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const syy = points.reduce((sum, { y }) => sum + (y - meanY) ** 2, 0);
  const slope = sxy / sxx;
  return { slope, intercept: meanY - slope * meanX, r2: syy === 0 ? 1 : sxy ** 2 / (sxx * syy) };
}
