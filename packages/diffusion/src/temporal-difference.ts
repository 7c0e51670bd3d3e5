import { plane, requireSameDimensions, type Video } from './video.ts';

/**
 * How much a video changes from frame to frame: the mean absolute difference of neighbouring frames, in units of the
 * pixel values.
 *
 * @returns one value per pair of neighbouring frames, `frames - 1` in all; each 0 for a still video.
 *
 * @example
 * ```ts
 * import { temporalDifference, video } from '@refrain/diffusion';
 *
 * const blinking = video(new Float32Array([-1, 1, 1]), { channels: 1, frames: 3, height: 1, width: 1 });
 * console.log(temporalDifference(blinking).join(' ')); // 2 0
 * ```
 */
export function temporalDifference(video: Video): readonly number[] {
  const still = { ...video, data: new Float32Array(video.data.length) };
  return changeErrors(video, still);
}

/**
 * How differently two videos move: the mean absolute difference of their frame-to-frame changes,
 * `mean |(a[f + 1] - a[f]) - (b[f + 1] - b[f])|`, in units of the pixel values. Flicker that one of them adds counts,
 * a constant difference of brightness does not.
 *
 * @returns one value per pair of neighbouring frames, `frames - 1` in all; each 0 for equal videos.
 * @throws DiffusionError `VIDEO_MISMATCH` for two sizes.
 */
export function temporalDifferenceError(a: Video, b: Video): readonly number[] {
  requireSameDimensions(a, b);
  return changeErrors(a, b);
}

function changeErrors(a: Video, b: Video): readonly number[] {
  const values = a.channels * a.height * a.width;
  return Array.from({ length: a.frames - 1 }, (_, frame) => {
    let sum = 0;
    for (let channel = 0; channel < a.channels; channel++) sum += planeChangeError(a, b, channel, frame);
    return sum / values;
  });
}

function planeChangeError(a: Video, b: Video, channel: number, frame: number): number {
  const [beforeA, afterA] = [plane(a, channel, frame), plane(a, channel, frame + 1)];
  const [beforeB, afterB] = [plane(b, channel, frame), plane(b, channel, frame + 1)];
  const change = (after: Float32Array, before: Float32Array, index: number): number =>
    (after[index] ?? Number.NaN) - (before[index] ?? Number.NaN);
  return beforeA.reduce(
    (sum, _, index) => sum + Math.abs(change(afterA, beforeA, index) - change(afterB, beforeB, index)),
    0,
  );
}
