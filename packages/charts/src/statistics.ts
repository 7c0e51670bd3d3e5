/** Arithmetic mean of the finite values; NaN without any. */
export function mean(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? Number.NaN : finite.reduce((sum, value) => sum + value, 0) / finite.length;
}

/** So many in all by the sum of their reciprocals, of the finite values; NaN without any. */
export function harmonicMean(values: readonly number[]): number {
  return 1 / mean(values.map((value) => 1 / value));
}

/** Middle of the finite values; NaN without any. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which a share of the finite values lies, between neighbours in proportion; NaN without any.
 *
 * @param share - 0 … 1
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const lower = sorted[Math.floor(place)] ?? Number.NaN;
  const upper = sorted[Math.ceil(place)] ?? Number.NaN;
  return lower + (upper - lower) * (place - Math.floor(place));
}

/** Largest of the finite values; NaN without any. */
export function largest(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? Number.NaN : finite.reduce((most, value) => Math.max(most, value));
}
