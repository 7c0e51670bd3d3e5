import type { Measurement, Sums } from './indicator.ts';

/**
 * Relative L1 as the field's implementations compute it on float32 tensors: each mean is rounded to float32, and so
 * is their quotient; the comparison with a threshold then happens in float64.
 *
 * @param sums - sums over all elements, in float64
 * @returns the ratio, dimensionless; NaN when the denominator is zero or a sum is not finite
 */
export function relativeL1(sums: Sums): number {
  // Looked at before they are divided: JSON turns NaN into null, and null divides like a zero.
  if (!Number.isFinite(sums.numerator) || !Number.isFinite(sums.denominator)) return Number.NaN;
  const current = Math.fround(sums.numerator / sums.count);
  const reference = Math.fround(sums.denominator / sums.count);
  if (!Number.isFinite(current) || !Number.isFinite(reference) || reference === 0) return Number.NaN;
  return Math.fround(current / reference);
}

/** A measurement read as a number: the ratio, or why there is none. */
export type Reading =
  | { readonly usable: true; readonly value: number }
  | {
      readonly usable: false;
      readonly because: 'no-reference' | 'shape-changed' | 'zero-reference' | 'not-finite';
    };

/**
 * Reads a measurement so that no caller can mistake a missing or non-finite ratio for a small one.
 *
 * @param measurement - as the executor hands it to {@link Policy.observe}; undefined when it was not taken
 */
export function readRatio(measurement: Measurement | undefined): Reading {
  if (measurement === undefined || measurement.kind === 'no-reference' || measurement.kind === 'products')
    return { usable: false, because: 'no-reference' };
  if (measurement.kind === 'shape-changed') return { usable: false, because: 'shape-changed' };
  if (measurement.denominator === 0) return { usable: false, because: 'zero-reference' };
  const value = relativeL1(measurement);
  return Number.isFinite(value) ? { usable: true, value } : { usable: false, because: 'not-finite' };
}
