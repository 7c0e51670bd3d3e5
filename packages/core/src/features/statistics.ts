import type { Sums } from '../indicator/indicator.ts';

/** Σ a · b over arrays of one length, in float64. */
export function innerProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) * (b[index] as number);
  return sum;
}

/**
 * The ratio of token norms, summed up: Σ over tokens of ‖current‖₂ / ‖reference‖₂ as the numerator, the number of
 * tokens as denominator and count. A token is a row of `width` elements. (MagCache, arXiv 2506.09045, calibration.)
 */
export function tokenNormSums(current: Float32Array, reference: Float32Array, width: number): Sums {
  const tokens = Math.max(1, Math.floor(current.length / Math.max(1, width)));
  let numerator = 0;
  for (let token = 0; token < tokens; token++) {
    const [start, end] = [token * width, (token + 1) * width];
    numerator += norm(current.subarray(start, end)) / norm(reference.subarray(start, end));
  }
  return { numerator, denominator: tokens, count: tokens };
}

function norm(row: Float32Array): number {
  return Math.sqrt(innerProduct(row, row));
}

/**
 * How much frames differ: Σ|f[lag:] − f[:−lag]| and Σ|f[lag:]| + Σ|f[:−lag]|, where a frame is `frame` elements.
 * (AdaCache, arXiv 2411.02397, motion regularization.)
 */
export function motionSums(array: Float32Array, frame: number, lag: number): Sums {
  const shift = frame * lag;
  let [numerator, denominator] = [0, 0];
  for (let index = shift; index < array.length; index++) {
    const [later, earlier] = [array[index] as number, array[index - shift] as number];
    numerator += Math.abs(later - earlier);
    denominator += Math.abs(later) + Math.abs(earlier);
  }
  return { numerator, denominator, count: Math.max(0, array.length - shift) };
}
