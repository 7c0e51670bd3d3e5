import { plane, requireSameDimensions, type Video } from './video.ts';

/** Largest difference of two values in [-1, 1], squared: what the error is measured against. */
const peakSquared = 2 ** 2;

/**
 * Peak signal-to-noise ratio of two videos in decibels: `10 log10(peak² / mean squared error)` with a peak of 2, over
 * all values at once.
 *
 * @returns `Infinity` for equal videos, NaN when a value is NaN. Values are used as they are, not clamped to [-1, 1].
 * @throws DiffusionError `VIDEO_MISMATCH` for two sizes.
 *
 * @example
 * ```ts
 * import { psnr, video } from '@refrain/diffusion';
 *
 * const size = { channels: 1, frames: 1, height: 1, width: 2 };
 * const a = video(new Float32Array([0, 0]), size);
 * const b = video(new Float32Array([0.5, -0.5]), size);
 * console.log(psnr(a, b).toFixed(2), psnr(a, a)); // 12.04 Infinity
 * ```
 */
export function psnr(a: Video, b: Video): number {
  requireSameDimensions(a, b);
  return decibels(squaredError(a.data, b.data) / a.data.length);
}

/**
 * Peak signal-to-noise ratio of each frame, over all its channels, in decibels; see `psnr`.
 *
 * @returns one value per frame.
 * @throws DiffusionError `VIDEO_MISMATCH` for two sizes.
 */
export function framePsnr(a: Video, b: Video): readonly number[] {
  requireSameDimensions(a, b);
  const values = a.channels * a.height * a.width;
  return Array.from({ length: a.frames }, (_, frame) => {
    let error = 0;
    for (let channel = 0; channel < a.channels; channel++)
      error += squaredError(plane(a, channel, frame), plane(b, channel, frame));
    return decibels(error / values);
  });
}

/**
 * Largest absolute difference of two videos, in units of the pixel values.
 *
 * @returns 0 for equal videos, NaN when a value is NaN.
 * @throws DiffusionError `VIDEO_MISMATCH` for two sizes.
 */
export function maxAbsDifference(a: Video, b: Video): number {
  requireSameDimensions(a, b);
  // Math.max keeps a NaN; a comparison would skip it and call a broken video equal.
  return a.data.reduce(
    (largest, value, index) => Math.max(largest, Math.abs(value - (b.data[index] ?? Number.NaN))),
    0,
  );
}

function squaredError(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + (value - (b[index] ?? Number.NaN)) ** 2, 0);
}

function decibels(meanSquaredError: number): number {
  return 10 * Math.log10(peakSquared / meanSquaredError);
}
