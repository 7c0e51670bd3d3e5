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

/**
 * Evaluates a polynomial as a sum of powers in float32, Σ cᵢ·x^(n−i), each operation rounded (the arithmetic of xDiT's
 * `VectorizedPoly1D` on float32 tensors).
 *
 * @param coefficients - highest power first; an empty list is the zero polynomial
 * @param x - where to evaluate
 */
export function polynomialFloat32(coefficients: readonly number[], x: number): number {
  const degree = coefficients.length - 1;
  return coefficients.reduce((sum, coefficient, index) => {
    const power = Math.fround(x ** (degree - index));
    return Math.fround(sum + Math.fround(Math.fround(coefficient) * power));
  }, 0);
}
