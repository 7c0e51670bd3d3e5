import type { Sums } from '../indicator.ts';

/**
 * One way of reading float32 arrays. All ways add in the same order, so their results have the same bits: element i
 * goes to lane i mod 4 in float64, and the lanes are added as (0 + 1) + (2 + 3).
 */
export interface Kernel {
  /** `simd`: WebAssembly SIMD. `loop`: plain TypeScript, where WebAssembly or its SIMD is missing or forbidden. */
  readonly name: 'simd' | 'loop';
  /** Σ|current − reference| and Σ|reference| of two arrays whose equal length the caller has checked. */
  sums(current: Float32Array, reference: Float32Array): Sums;
  /** False if any element is NaN or infinite. */
  isFinite(data: Float32Array): boolean;
}

/**
 * Makes sums of four lanes of differences followed by four lanes of references.
 *
 * @param lanes - eight accumulators
 * @param count - number of elements that went into each sum
 */
export function sumsOfLanes(lanes: Float64Array, count: number): Sums {
  const lane = (index: number): number => lanes[index] as number;
  return {
    numerator: lane(0) + lane(1) + (lane(2) + lane(3)),
    denominator: lane(4) + lane(5) + (lane(6) + lane(7)),
    count,
  };
}
