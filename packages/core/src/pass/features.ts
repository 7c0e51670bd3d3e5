import type { Sums } from '../indicator/indicator.ts';

/** A value, or a promise of one: runners may answer either way. */
export type MaybePromise<T> = T | Promise<T>;

/** A cached feature and its factor in a linear combination. */
export interface WeightedFeature<Feature> {
  readonly weight: number;
  readonly feature: Feature;
}

/** A feature and what it is compared with. */
export interface FeaturePair<Feature> {
  readonly current: Feature;
  readonly reference: Feature;
}

/**
 * Arithmetic on features, wherever they live. A feature is whatever tensor (or tuple of tensors) flows through a
 * model; the core never looks inside it. Every method that returns a feature returns a new one, which the executor
 * owns and disposes of.
 */
export interface FeatureOps<Feature> {
  /** Bytes that the feature holds on its device. */
  bytes(feature: Feature): number;
  /** A signature of shape and dtype: features with equal signatures can be subtracted and combined. */
  shape(feature: Feature): string;
  /** `minuend − subtrahend`, element by element. */
  subtract(minuend: Feature, subtrahend: Feature): MaybePromise<Feature>;
  /** Σ weight · feature, over at least one term, all of one shape. */
  combine(terms: readonly WeightedFeature<Feature>[]): MaybePromise<Feature>;
  /** For each pair Σ|current − reference| and Σ|reference|, in float64; one read-back for all pairs where that costs. */
  relativeL1(pairs: readonly FeaturePair<Feature>[]): MaybePromise<readonly Sums[]>;
  /** Elements 0, stride, 2·stride, … of the flattened feature. */
  sketch(feature: Feature, stride: number): MaybePromise<Feature>;
  /** False if any element is NaN or infinite. Left out where looking would cost too much; then nothing is checked. */
  isFinite?(feature: Feature): MaybePromise<boolean>;
  /** Low spatial frequencies over the last two dimensions: those within `radius` (a share of the shorter) of zero. */
  lowPass?(feature: Feature, radius: number): MaybePromise<Feature>;
  /** For each pair Σ over tokens of ‖current‖₂ / ‖reference‖₂ as the numerator, the number of tokens as denominator and count. */
  tokenNorms?(pairs: readonly FeaturePair<Feature>[]): MaybePromise<readonly Sums[]>;
  /** Σ|f[lag:] − f[:−lag]| and Σ|f[lag:]| + Σ|f[:−lag]| along the frames. */
  motion?(feature: Feature, lag: number): MaybePromise<Sums>;
  /** Inner products of a feature with others, in float64. */
  products?(feature: Feature, others: readonly Feature[]): MaybePromise<readonly number[]>;
  /** Frees the feature. Called exactly once for each feature that a runner or these operations returned. */
  dispose(feature: Feature): void;
}
