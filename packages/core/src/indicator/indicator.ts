/**
 * Where an indicator looks.
 * - `stream`: the residual stream at a position (the output of the site that ends there);
 * - `modulated`: the normed, scaled and shifted input of the module that starts at a position;
 * - `value`: the output of the inner site that starts at a position, before its gate;
 * - `residual`: stream at `until` minus stream at `from`;
 * - `conditioning`: a named conditioning tensor, such as `timestep-embedding`.
 */
export type Tap =
  | { readonly of: 'stream'; readonly at: number }
  | { readonly of: 'modulated'; readonly at: number }
  | { readonly of: 'value'; readonly at: number }
  | { readonly of: 'residual'; readonly from: number; readonly until: number }
  | { readonly of: 'conditioning'; readonly name: string };

/**
 * A named scalar, measured on the device: how much a tap changed, as ‖current − reference‖₁ / ‖reference‖₁
 * (BWCache, arXiv 2509.13789, equation 5).
 */
export interface Indicator {
  /** Key under which the measurement comes back; unique within a policy. */
  readonly name: string;
  /** What is looked at. */
  readonly tap: Tap;
  /**
   * What it is compared with: the tap as it was when the span after it was last `computed`, or as it was last `seen`
   * (also when the span was then taken from the cache). `frozen` compares with the reference of this name as it is and
   * leaves it there.
   */
  readonly against: 'computed' | 'seen' | 'frozen';
  /** What is measured. Left out: the relative change. */
  readonly quantity?: Quantity;
  /**
   * Measure on a strided subsample only: elements 0, stride, 2·stride, … of the flattened feature. Choose a stride
   * that has no common factor with the channel count, so that all channels take part. Whole feature when left out.
   */
  readonly stride?: number;
}

/**
 * What an indicator measures of its tap:
 * - `change`: Σ|current − reference| and Σ|reference|;
 * - `magnitude`: Σ|current| as the numerator, the number of elements as the denominator: the ratio is the mean absolute
 *   value; needs no reference;
 * - `token-norms`: the sum over tokens of ‖current‖₂ / ‖reference‖₂ as the numerator, the number of tokens as the
 *   denominator (MagCache's calibration). Needs the operation `tokenNorms`;
 * - `motion`: Σ|f[s:] − f[:−s]| and Σ|f[s:]| + Σ|f[:−s]| along the frames, for `lag` s (AdaCache's motion). Needs the
 *   operation `motion`.
 */
export type Quantity =
  'change' | 'magnitude' | 'token-norms' | { readonly of: 'motion'; readonly lag: number };

/** The two sums of a relative L1, kept apart so that ranks which hold shards of a feature can add theirs up. */
export interface Sums {
  /** Σ |current − reference| */
  readonly numerator: number;
  /** Σ |reference| */
  readonly denominator: number;
  /** Number of elements in each sum. */
  readonly count: number;
}

/** What came of measuring an indicator. */
export type Measurement =
  | ({ readonly kind: 'sums' } & Sums)
  /** Nothing was seen before: first step, or the reference did not fit the byte budget. */
  | { readonly kind: 'no-reference' }
  /** The feature has another shape than its reference. */
  | { readonly kind: 'shape-changed' }
  /** Inner products of a feature that was just kept with the history of its entry, newest (itself) first. */
  | { readonly kind: 'products'; readonly values: readonly number[] };
