import type { EigenSolver } from './eigen.ts';
import { at, cell, product, solve, times, transposed, type Matrix } from './matrix.ts';
import { symmetricEigen } from './symmetric.ts';
import { withoutTrailingZeros } from './taylor.ts';

/** How a propagator is fitted. */
export interface DmdFit {
  /** How many singular values are used; 0 takes those above 10⁻⁴ of the greatest. */
  readonly rank: number;
  /** Added to the singular values that are divided by. */
  readonly ridge: number;
  /** Eigenvalues are needed where the horizon is no whole number of spacings. */
  readonly eigen: EigenSolver;
}

/** With fewer values not even one oscillation can be told from noise. */
export const FEWEST = 4;

/** Singular values below this share of the greatest are taken for noise. */
const NOISE = 1e-4;

/** Squared singular values below this share of the greatest are rounding errors. */
const ROUNDING = 1e-15;

/**
 * The longest run of equally spaced steps at the newest end: a propagator advances by one spacing.
 *
 * @param steps - newest first
 */
export function uniformSteps(steps: readonly number[]): readonly number[] {
  const [newest = 0, second = 0] = steps;
  const spacing = newest - second;
  const end = steps.findIndex((step, index) => index > 0 && at(steps, index - 1) - step !== spacing);
  return end < 0 ? steps : steps.slice(0, end);
}

/**
 * Weights of the forecast of a dynamic mode decomposition (cache-dit, commit f86744af) over equally spaced values
 * y₁ … y_n. From one value to the next a linear propagator is fitted; with X = [y₁ … y_{n−1}], X' = [y₂ … y_n] and the
 * truncated singular value decomposition X = U S Vᵀ,
 *
 *     Ã = Uᵀ X' V (S + ridge)⁻¹ = W Λ W⁻¹,    Φ = X' V (S + ridge)⁻¹ W,    b = argmin ‖Φ b − y_n‖,
 *     forecast = Re(Φ Λ^k b),    k = steps after the newest / spacing
 *
 * All of it follows from the inner products G = YᵀY: V and S² are the eigenvectors and values of XᵀX, which is a part of
 * G; Uᵀ X' = S⁻¹ Vᵀ Xᵀ X'; and with M = X' V (S + ridge)⁻¹ and c = argmin ‖M c − y_n‖ the forecast is M · W Λ^k W⁻¹ c:
 * weights over the columns of X'. For whole k, W Λ^k W⁻¹ = Ã^k needs no eigenvalues.
 *
 * @param products - G, newest value first in both directions; at least 4 × 4
 * @param horizon - k
 * @returns weights over the values, newest first; undefined where no propagator can be fitted
 */
export function dmdWeights(products: Matrix, horizon: number, fit: DmdFit): readonly number[] | undefined {
  const all = products.toReversed().map((row) => row.toReversed());
  if (all.length < FEWEST || !all.flat().every(Number.isFinite)) return undefined;
  const rows = all.slice(0, -1);
  const before = rows.map((row) => row.slice(0, -1));
  const across = rows.map((row) => row.slice(1));
  const after = all.slice(1).map((row) => row.slice(1));
  const { values, vectors } = symmetricEigen(before);
  const rank = rankOf(values, fit.rank);
  const singular = values.slice(0, rank).map((value) => Math.sqrt(value));
  if (singular.length === 0) return undefined;
  // Rows: the columns of V (S + ridge)⁻¹.
  const modes = vectors
    .slice(0, rank)
    .map((row, index) => row.map((item) => item / (at(singular, index) + fit.ridge)));
  const projected = product(vectors.slice(0, rank), product(across, transposed(modes)));
  const propagator = projected.map((row, index) => row.map((item) => item / at(singular, index)));
  const start = newestIn(modes, after);
  const state = advanced(propagator, start, horizon, fit.eigen);
  return state && finite(times(transposed(modes), state).toReversed());
}

function rankOf(values: readonly number[], wanted: number): number {
  const greatest = at(values, 0);
  if (!(greatest > 0)) return 0;
  const real = values.filter((value) => value > greatest * ROUNDING ** 2).length;
  if (wanted > 0) return Math.min(wanted, real);
  return Math.max(1, values.filter((value) => value > greatest * NOISE ** 2).length);
}

/** c: the newest value in terms of the modes, by least squares. */
function newestIn(modes: Matrix, after: Matrix): readonly number[] {
  const seen = product(modes, after);
  const gram = product(seen, transposed(modes));
  const target = seen.map((row) => row.at(-1) ?? 0);
  const { values, vectors } = symmetricEigen(gram);
  const usable = values.filter((value) => value > at(values, 0) * ROUNDING).length;
  const parts = vectors.slice(0, usable).map((vector, index) => {
    const part = vector.reduce((sum, item, place) => sum + item * at(target, place), 0) / at(values, index);
    return vector.map((item) => item * part);
  });
  return target.map((_, index) => parts.reduce((sum, part) => sum + at(part, index), 0));
}

/** W Λ^k W⁻¹ c. */
function advanced(
  propagator: Matrix,
  start: readonly number[],
  horizon: number,
  eigen: EigenSolver,
): readonly number[] | undefined {
  if (Number.isInteger(horizon)) {
    let state = start;
    for (let step = 0; step < horizon; step++) state = times(propagator, state);
    return state;
  }
  const { real, imaginary, vectors } = eigen(propagator);
  const parts = solve(vectors, start);
  return parts && times(vectors, powered(parts, { real, imaginary }, horizon));
}

/** Λ^k times a vector in the real layout: a complex pair turns and stretches its two components. */
function powered(
  parts: readonly number[],
  { real, imaginary }: { readonly real: readonly number[]; readonly imaginary: readonly number[] },
  exponent: number,
): readonly number[] {
  return parts.map((part, index) => {
    const [re, im] = [at(real, index), at(imaginary, index)];
    const size = Math.hypot(re, im) ** exponent;
    const angle = Math.atan2(Math.abs(im), re) * exponent;
    if (im === 0) return size * Math.cos(angle) * part;
    // [a b; −b a] to the power of k, first row for the real part of the vector and second for the imaginary one.
    const other = at(parts, im > 0 ? index + 1 : index - 1);
    return size * (Math.cos(angle) * part + (im > 0 ? 1 : -1) * Math.sin(angle) * other);
  });
}

function finite(weights: readonly number[]): readonly number[] | undefined {
  return weights.every(Number.isFinite) ? withoutTrailingZeros(weights) : undefined;
}

/**
 * The inner products of values from those of each with its elders.
 *
 * @param rows - newest first; each: the product with itself, with the next older one, …
 * @param size - of how many values
 * @returns undefined where one is missing
 */
export function gramOf(rows: readonly (readonly number[] | null)[], size: number): Matrix | undefined {
  const known = rows.slice(0, size).map((row) => row ?? []);
  if (known.length < size || known.some((row, index) => row.length < size - index)) return undefined;
  return known.map((_, one) => known.map((__, two) => cell(known, Math.min(one, two), Math.abs(one - two))));
}
