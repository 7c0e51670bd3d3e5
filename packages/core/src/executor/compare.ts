import { RunnerError } from '../errors.ts';
import type { Quantity, Sums } from '../indicator/indicator.ts';
import type { FeatureOps, FeaturePair } from '../pass/features.ts';

/** A feature, what it is compared with, and what is measured. */
export interface Comparison<Feature> extends FeaturePair<Feature> {
  readonly name: string;
  readonly quantity: Quantity;
}

/** True for quantities that relate a feature to an earlier one. */
export function needsReference(quantity: Quantity): boolean {
  return quantity === 'change' || quantity === 'token-norms';
}

/**
 * Measures all comparisons; those of one kind together, so that a runner reads back once.
 *
 * @returns sums in the order of the comparisons
 */
export async function compareAll<Feature>(
  ops: FeatureOps<Feature>,
  comparisons: readonly Comparison<Feature>[],
): Promise<readonly Sums[]> {
  const results: (Sums | undefined)[] = comparisons.map(() => undefined);
  const place = (indexes: readonly number[], sums: readonly Sums[]): void => {
    if (sums.length !== indexes.length)
      throw new RunnerError('RUNNER_CONTRACT', `[core] expected ${indexes.length} sums, got ${sums.length}`);
    indexes.forEach((index, order) => (results[index] = sums[order]));
  };
  const indexesOf = (wanted: (quantity: Quantity) => boolean): number[] =>
    comparisons.flatMap(({ quantity }, index) => (wanted(quantity) ? [index] : []));
  const pairsOf = (indexes: readonly number[]): Comparison<Feature>[] =>
    indexes.flatMap((index) => comparisons[index] ?? []);
  const changes = indexesOf((quantity) => quantity === 'change' || quantity === 'magnitude');
  if (changes.length > 0) place(changes, await changeSums(ops, pairsOf(changes)));
  const norms = indexesOf((quantity) => quantity === 'token-norms');
  if (norms.length > 0) place(norms, (await ops.tokenNorms?.(pairsOf(norms))) ?? []);
  for (const index of indexesOf((quantity) => typeof quantity === 'object'))
    for (const { current, quantity } of pairsOf([index]))
      if (typeof quantity === 'object') {
        const sums = await ops.motion?.(current, quantity.lag);
        place([index], sums ? [sums] : []);
      }
  return results.filter((sums) => sums !== undefined);
}

/** A magnitude is the reference sum of a feature compared with itself. */
async function changeSums<Feature>(
  ops: FeatureOps<Feature>,
  comparisons: readonly Comparison<Feature>[],
): Promise<readonly Sums[]> {
  const sums = await ops.relativeL1(comparisons);
  if (sums.length !== comparisons.length) return sums;
  return sums.map((found, index) => {
    if (comparisons[index]?.quantity !== 'magnitude') return found;
    const { denominator, count } = found;
    return { numerator: denominator, denominator: count, count };
  });
}
