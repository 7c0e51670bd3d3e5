/** What {@link smoothcacheSchedule} scans. */
export interface SmoothCacheErrors {
  /**
   * Row j − 1 holds the error of using the output of step i at step i + j, for i from 0:
   * ‖out_i − out_{i+j}‖₁ / ‖out_{i+j}‖₁. A number that is missing or not finite never allows reuse.
   */
  readonly errors: readonly (readonly number[])[];
  /** α: outputs are reused over distances whose error is at most this. */
  readonly threshold: number;
  /** The farthest distance that is tried. Left out: all rows. */
  readonly lookahead?: number;
  /** Number of steps. Left out: one more than the first row has. */
  readonly steps?: number;
}

/**
 * SmoothCache's schedule (Roblox/SmoothCache, commit edeb4ed; arXiv 2411.10510): from step i on the farthest distance j
 * whose error is at most the threshold is bridged, then the same from i + j + 1.
 *
 *     compute(i);   reuse(i + 1 … i + j)  with the largest j ≤ lookahead for which err_j(i) ≤ threshold
 *
 * The first and the last step are computed. Only the error at distance j counts, not those at the distances between.
 *
 * @returns one digit a step: 1 computes, 0 reuses
 *
 * @example
 * ```ts
 * smoothcacheSchedule({ errors: [[0.1, 0.3, 0.1], [0.4, 0.4]], threshold: 0.2 }); // 1011
 * ```
 */
export function smoothcacheSchedule({
  errors,
  threshold,
  lookahead = errors.length,
  steps = (errors[0]?.length ?? -1) + 1,
}: SmoothCacheErrors): string {
  const digits = Array.from({ length: steps }, () => '1');
  for (let step = 0; step < steps; step++) {
    const reach = reachFrom(step, errors.slice(0, lookahead), threshold);
    const last = Math.min(step + reach, steps - 2);
    for (let reused = step + 1; reused <= last; reused++) digits[reused] = '0';
    step += reach;
  }
  return digits.join('');
}

/** The largest distance that may be bridged from a step; 0 for none. */
function reachFrom(step: number, errors: readonly (readonly number[])[], threshold: number): number {
  return errors.findLastIndex((row) => (row[step] ?? Number.NaN) <= threshold) + 1;
}
