/**
 * Evaluates a polynomial by Horner's rule in float64, coefficients from the highest power down (the order and the
 * arithmetic of NumPy's `poly1d`, which TeaCache's published coefficients assume).
 *
 * @param coefficients - highest power first; an empty list is the zero polynomial
 * @param x - where to evaluate
 */
export function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
