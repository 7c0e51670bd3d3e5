import type { Measurement } from '../../indicator/indicator.ts';
import { readRatio, type Reading } from '../../indicator/ratio.ts';
import { polynomial, polynomialFloat32 } from './polynomial.ts';

/** Whose TeaCache: the authors', or a port that decides differently under the same name. */
export type TeaCacheVariant = 'teacache' | 'vllm-omni' | 'xdit';

/** What differs between the ports. */
export interface TeaCacheArithmetic {
  /** Reads the relative change of the signal. */
  read(measurement: Measurement | undefined): Reading;
  /** The sum after another change. */
  add(accumulated: number, coefficients: readonly number[], change: number): number;
  /** The threshold as it is compared. */
  threshold(threshold: number): number;
  /** Steps computed at the start and at the end where no model says otherwise. */
  readonly warmUp: number;
  readonly tail: number;
  /**
   * Whether a step is computed whatever the sum, beyond the windows.
   *
   * @param step - counted from the first of the run
   * @param generation - steps of one generation
   */
  forces(step: number, generation: number): boolean;
}

const original: TeaCacheArithmetic = {
  read: readRatio,
  add: (accumulated, coefficients, change) => accumulated + polynomial(coefficients, change),
  threshold: (threshold) => threshold,
  warmUp: 1,
  tail: 1,
  forces: () => false,
};

/**
 * The arithmetic of each variant.
 *
 * - `teacache` (ali-vilab/TeaCache, commit 7c10efc): float64 polynomial, sum and comparison.
 * - `vllm-omni` (vllm-project/vllm-omni, commit be81443c): the absolute value of the polynomial is added, the denominator
 *   of the change gets 1e-8, and only the first step is forced.
 * - `xdit` (xdit-project/xDiT, commit 175e0bf): everything in float32, powers instead of Horner's rule. Its counter does
 *   not advance on the very first call, so two steps are forced at the start, and the step that should be forced as the
 *   last of a generation is the first of the next one.
 */
export const teacacheArithmetic: Readonly<Record<TeaCacheVariant, TeaCacheArithmetic>> = {
  teacache: original,
  'vllm-omni': {
    ...original,
    read: readGuarded,
    add: (accumulated, coefficients, change) => accumulated + Math.abs(polynomial(coefficients, change)),
    tail: 0,
  },
  xdit: {
    ...original,
    add: (accumulated, coefficients, change) =>
      Math.fround(accumulated + polynomialFloat32(coefficients, change)),
    threshold: Math.fround,
    warmUp: 2,
    tail: 0,
    forces(step, generation) {
      const counter = (step - 1) % generation;
      return step > 0 && (counter === 0 || counter === generation - 1);
    },
  },
};

/** The change with vllm-omni's 1e-8 in the denominator. A denominator of zero stays unusable: nothing is known then. */
function readGuarded(measurement: Measurement | undefined): Reading {
  const reading = readRatio(measurement);
  if (!reading.usable || measurement?.kind !== 'sums') return reading;
  const { numerator, denominator, count } = measurement;
  const guarded = Math.fround(Math.fround(denominator / count) + Math.fround(1e-8));
  return { usable: true, value: Math.fround(Math.fround(numerator / count) / guarded) };
}
