/** Twice the unit round-off of float32: what one rounding of a result may cost, and the float64 arithmetic beneath it. */
const rounding = 2 ** -23;

/** Rounds where the result is too small for a relative error: far above the smallest float32. */
const floor = 2 ** -130;

/** Relative slack for float64 in the bounds themselves. */
export const slack: number = 1 + 1e-9;

/** Largest norm that arithmetic in float32 is followed to. Above, elements may overflow, and no bound is claimed. */
const followed = 1e38;

/** Error of storing a vector of at most this norm in float32. */
export function stored(norm: number): number {
  return norm <= followed ? rounding * norm + floor : Infinity;
}

/**
 * Error of the argument of tanh, computed in float64 by two sums one after the other.
 *
 * @param terms - of both sums together
 * @param size - Σ|factor · element| of the sums, and the bias
 */
export function summed(terms: number, size: number): number {
  return (terms + 8) * 2 ** -53 * size;
}
