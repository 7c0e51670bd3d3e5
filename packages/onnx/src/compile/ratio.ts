import type { Arithmetic, Double, Single, Truth } from './arithmetic.ts';
import type { SumsInGraph } from './feature-writer.ts';

/** A relative L1 inside a graph, read as the core's `readRatio` reads it. */
export interface RatioInGraph {
  /** False where there is no number to decide by: then the step is computed. */
  readonly usable: Truth;
  /** The ratio in float32, as float64. */
  readonly value: Double;
  /** The ratio before anything was checked. */
  readonly raw: Single;
}

/**
 * Both means and their quotient are rounded to float32; a zero denominator and everything that is not finite is unusable.
 *
 * @param math - where nodes go
 * @param sums - of a comparison
 * @param guard - added to the denominator by some rules; what is usable is decided without it
 */
export function ratioOf(math: Arithmetic, sums: SumsInGraph, guard?: number): RatioInGraph {
  const current = meanOf(math, sums.numerator, sums.count);
  const reference = meanOf(math, sums.denominator, sums.count);
  const raw = math.divide(current, reference);
  const usable = math.and(
    math.below(math.rounded(0), reference),
    math.isFinite(reference),
    math.isFinite(current),
    math.isFinite(raw),
  );
  const guarded = guard === undefined ? raw : math.divide(current, math.add(reference, math.rounded(guard)));
  return { usable, value: math.toDouble(guarded), raw };
}

/** A sum divided by the number of elements, rounded to float32. */
export function meanOf(math: Arithmetic, sum: Double, count: Double): Single {
  return math.toSingle(math.divide(sum, count));
}
