import { FeatureError } from '../../errors.ts';
import type { Sums } from '../indicator.ts';
import type { Kernel } from './kernel.ts';
import { loopKernel } from './loop.ts';
import { createSimdKernel } from './simd.ts';

let chosen: Kernel | undefined;

/** The kernel of this process, chosen at the first use: importing the module must not compile anything. */
function kernel(): Kernel {
  chosen ??= createSimdKernel() ?? loopKernel;
  return chosen;
}

/**
 * Which kernel measures float32 arrays here: `simd` (WebAssembly) or `loop` (plain TypeScript). Their results have the
 * same bits; they differ in speed only.
 */
export function relativeL1KernelName(): 'simd' | 'loop' {
  return kernel().name;
}

/**
 * The two sums of a relative L1, elements promoted to float64 before they are subtracted.
 *
 * @param current - what is measured
 * @param reference - what it is compared with, of the same length
 * @returns Σ|current − reference|, Σ|reference| and the number of elements; sums are NaN or infinite if an element is
 * @throws FeatureError `FEATURE_MISMATCH` if the lengths differ
 *
 * @example
 * ```ts
 * relativeL1Sums(Float32Array.of(1, 2), Float32Array.of(1, 4)); // { numerator: 2, denominator: 5, count: 2 }
 * ```
 */
export function relativeL1Sums(current: Float32Array, reference: Float32Array): Sums {
  if (current.length !== reference.length) {
    throw new FeatureError(
      'FEATURE_MISMATCH',
      `[core] relative L1: expected two arrays of one length, got ${current.length} and ${reference.length} elements; ` +
        'drop the reference when the shape of a feature changes',
    );
  }
  return kernel().sums(current, reference);
}

/**
 * The same for a tuple or a feature in shards: each array is summed for itself, then the sums are added in order.
 *
 * @param current - what is measured
 * @param reference - as many arrays of the same lengths
 * @throws FeatureError `FEATURE_MISMATCH` if the number of arrays or a length differs
 */
export function relativeL1SumsOfShards(
  current: readonly Float32Array[],
  reference: readonly Float32Array[],
): Sums {
  if (current.length !== reference.length) {
    throw new FeatureError(
      'FEATURE_MISMATCH',
      `[core] relative L1: expected as many shards as the reference has, ${reference.length}, got ${current.length}; ` +
        'drop the reference when the sharding changes',
    );
  }
  return addSums(current.map((shard, index) => relativeL1Sums(shard, reference[index] as Float32Array)));
}

/**
 * Adds sums up, in order: of the shards of a feature, or of the ranks that each hold one.
 *
 * @param all - sums of disjoint parts of one feature
 * @returns their total; zeros for none
 */
export function addSums(all: readonly Sums[]): Sums {
  return all.reduce(
    (total, { numerator, denominator, count }) => ({
      numerator: total.numerator + numerator,
      denominator: total.denominator + denominator,
      count: total.count + count,
    }),
    { numerator: 0, denominator: 0, count: 0 },
  );
}

/**
 * Looks at every element.
 *
 * @param data - any length
 * @returns false if an element is NaN or infinite
 */
export function isFiniteArray(data: Float32Array): boolean {
  return kernel().isFinite(data);
}
