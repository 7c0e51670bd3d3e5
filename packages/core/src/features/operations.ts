import { FeatureError } from '../errors.ts';
import type { Sums } from '../indicator/indicator.ts';
import { addSums, isFiniteArray, relativeL1SumsOfShards } from '../indicator/kernel/relative-l1.ts';
import { sketchArray } from '../indicator/kernel/sketch.ts';
import type { FeatureOps, FeaturePair, WeightedFeature } from '../pass/features.ts';
import { combineArrays, subtractArrays } from './arithmetic.ts';
import { lowPassArray } from './low-pass.ts';
import { innerProduct, motionSums, tokenNormSums } from './statistics.ts';

/** How a kind of feature is made of float32 arrays. */
export interface Float32Form<Feature> {
  /** The arrays of a feature, in order. */
  arrays(feature: Feature): readonly Float32Array[];
  /** A feature of the kind of `like` around new arrays: as many, as long as its own or, for a sketch, shorter. */
  rebuild(like: Feature, arrays: readonly Float32Array[]): Feature;
  /** Shape and dtype as text. */
  signature(feature: Feature): string;
  /** Sizes of one of the arrays, outermost first. */
  dims(feature: Feature, index: number): readonly number[];
}

/**
 * Operations on features that are made of float32 arrays in main memory. They allocate their results; `dispose` does
 * nothing, since the garbage collector frees arrays.
 *
 * @param form - how a feature is made of arrays
 */
export function float32FeatureOps<Feature>(form: Float32Form<Feature>): FeatureOps<Feature> {
  const arrayOf = (feature: Feature, index: number): Float32Array =>
    form.arrays(feature)[index] as Float32Array;
  return {
    bytes: (feature): number => form.arrays(feature).reduce((bytes, { byteLength }) => bytes + byteLength, 0),
    shape: (feature): string => form.signature(feature),
    subtract: (minuend, subtrahend): Feature => {
      requireOneShape(form, 'subtract', [minuend, subtrahend]);
      const differences = form
        .arrays(minuend)
        .map((array, index) => subtractArrays(array, arrayOf(subtrahend, index)));
      return form.rebuild(minuend, differences);
    },
    combine: (terms): Feature => {
      const first = requireTerm(terms);
      requireOneShape(
        form,
        'combine',
        terms.map(({ feature }) => feature),
      );
      const combined = form
        .arrays(first.feature)
        .map((_, index) =>
          combineArrays(terms.map(({ weight, feature }) => ({ weight, array: arrayOf(feature, index) }))),
        );
      return form.rebuild(first.feature, combined);
    },
    relativeL1: (pairs): readonly Sums[] => pairs.map((pair) => pairSums(form, pair)),
    sketch: (feature, stride): Feature =>
      form.rebuild(
        feature,
        form.arrays(feature).map((array) => sketchArray(array, stride)),
      ),
    isFinite: (feature): boolean => form.arrays(feature).every(isFiniteArray),
    lowPass: (feature, radius): Feature =>
      form.rebuild(
        feature,
        form.arrays(feature).map((array, index) => lowPassArray(array, form.dims(feature, index), radius)),
      ),
    tokenNorms: (pairs): readonly Sums[] => pairs.map((pair) => pairTokenNorms(form, pair)),
    motion: (feature, lag): Sums =>
      addSums(
        form
          .arrays(feature)
          .map((array, index) => motionSums(array, frameOf(form.dims(feature, index)), lag)),
      ),
    products: (feature, others): readonly number[] => {
      requireOneShape(form, 'products', [feature, ...others]);
      return others.map((other) =>
        form
          .arrays(feature)
          .reduce((sum, array, index) => sum + innerProduct(array, arrayOf(other, index)), 0),
      );
    },
    dispose: (): void => {},
  };
}

function pairSums<Feature>(form: Float32Form<Feature>, { current, reference }: FeaturePair<Feature>): Sums {
  requireOneShape(form, 'relativeL1', [current, reference]);
  return relativeL1SumsOfShards(form.arrays(current), form.arrays(reference));
}

function pairTokenNorms<Feature>(
  form: Float32Form<Feature>,
  { current, reference }: FeaturePair<Feature>,
): Sums {
  requireOneShape(form, 'tokenNorms', [current, reference]);
  const references = form.arrays(reference);
  return addSums(
    form.arrays(current).map((array, index) => {
      const width = form.dims(current, index).at(-1) ?? 1;
      return tokenNormSums(array, references[index] as Float32Array, width);
    }),
  );
}

/** Elements of a frame: frames are the outermost dimension longer than one. */
function frameOf(dims: readonly number[]): number {
  const outermost = dims.findIndex((size) => size > 1);
  return dims.slice(outermost + 1).reduce((product, size) => product * size, 1);
}

function requireTerm<Feature>(terms: readonly WeightedFeature<Feature>[]): WeightedFeature<Feature> {
  const [first] = terms;
  if (first !== undefined) return first;
  throw new FeatureError(
    'FEATURE_MISMATCH',
    '[core] combine: expected at least one term, got none; compute the feature instead',
  );
}

/** Lengths are looked at besides signatures, because the dimensions of a tensor may disagree with its data. */
function requireOneShape<Feature>(
  form: Float32Form<Feature>,
  operation: string,
  features: readonly Feature[],
): void {
  const shapes = features.map((feature) => form.signature(feature));
  const lengths = features.map((feature) =>
    form
      .arrays(feature)
      .map(({ length }) => length)
      .join(),
  );
  if (new Set(shapes).size <= 1 && new Set(lengths).size <= 1) return;
  const got = shapes.map((shape, index) => `${shape} of ${lengths[index]} elements`).join(' and ');
  throw new FeatureError(
    'FEATURE_MISMATCH',
    `[core] ${operation}: expected features of one shape, got ${got}; compute the feature anew when its shape changes`,
  );
}
