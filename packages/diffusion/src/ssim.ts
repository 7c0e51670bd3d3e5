import { plane, requireSameDimensions, type Video } from './video.ts';

/** Width of the Gaussian window and its standard deviation, in pixels, as in the paper. */
const windowSize = 11;
const deviation = 1.5;

/** The constants (0.01 L)² and (0.03 L)² of the paper, for values that were moved to [0, 1]: L = 1. */
const stabilizers = { luminance: 0.01 ** 2, contrast: 0.03 ** 2 };

/** A plane of numbers in float64, [height, width]. */
interface Plane {
  readonly data: Float64Array;
  readonly height: number;
  readonly width: number;
}

/**
 * Structural similarity of two videos: the mean over all channels and frames of the index of single planes, with an
 * 11 × 11 Gaussian window (standard deviation 1.5) at every place where it fits. Frames smaller than the window are
 * measured with the largest odd window that fits.
 *
 * @returns 1 for equal videos, less for others, down to -1; NaN when a value is NaN.
 * @throws DiffusionError `VIDEO_MISMATCH` for two sizes.
 *
 * @remarks Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity" (2004). Every channel
 * counts on its own: the videos are not turned into gray first.
 *
 * @example
 * ```ts
 * import { ssim, video } from '@refrain/diffusion';
 *
 * const size = { channels: 1, frames: 1, height: 16, width: 16 };
 * const stripes = video(new Float32Array(256).map((_, index) => (index % 2 === 0 ? 1 : -1)), size);
 * const inverse = video(stripes.data.map((value) => -value), size);
 * console.log(ssim(stripes, stripes), ssim(stripes, inverse) < 0); // 1 true
 * ```
 */
export function ssim(a: Video, b: Video): number {
  requireSameDimensions(a, b);
  const window = gaussianWindow(Math.min(windowSize, a.height, a.width));
  let sum = 0;
  for (let channel = 0; channel < a.channels; channel++)
    for (let frame = 0; frame < a.frames; frame++)
      sum += planeSsim(unitPlane(a, channel, frame), unitPlane(b, channel, frame), window);
  return sum / (a.channels * a.frames);
}

/** Weights of a one-dimensional Gaussian with an odd number of taps, not more than `atMost`; their sum is 1. */
function gaussianWindow(atMost: number): Float64Array {
  const radius = Math.floor((atMost - 1) / 2);
  const weights = new Float64Array(2 * radius + 1).map((_, index) =>
    Math.exp(-0.5 * ((index - radius) / deviation) ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The index depends on where black lies, so [-1, 1] is moved to [0, 1] first. */
function unitPlane(video: Video, channel: number, frame: number): Plane {
  const data = Float64Array.from(plane(video, channel, frame), (value) => (value + 1) / 2);
  return { data, height: video.height, width: video.width };
}

function planeSsim(a: Plane, b: Plane, window: Float64Array): number {
  const meanA = smoothed(a, window);
  const meanB = smoothed(b, window);
  const squareA = smoothed(product(a, a), window);
  const squareB = smoothed(product(b, b), window);
  const mixed = smoothed(product(a, b), window);
  const sum = meanA.data.reduce((total, x, index) => {
    const y = at(meanB.data, index);
    const covariance = at(mixed.data, index) - x * y;
    const variances = at(squareA.data, index) - x * x + at(squareB.data, index) - y * y;
    const luminance = (2 * x * y + stabilizers.luminance) / (x * x + y * y + stabilizers.luminance);
    return total + luminance * ((2 * covariance + stabilizers.contrast) / (variances + stabilizers.contrast));
  }, 0);
  return sum / meanA.data.length;
}

/** Weighted mean around every pixel where the whole window fits: first along the rows, then along the columns. */
function smoothed(source: Plane, window: Float64Array): Plane {
  return transposed(smoothedRows(transposed(smoothedRows(source, window)), window));
}

function smoothedRows({ data, height, width }: Plane, window: Float64Array): Plane {
  const outputWidth = width - window.length + 1;
  const result = new Float64Array(height * outputWidth);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < outputWidth; column++) {
      let sum = 0;
      for (let tap = 0; tap < window.length; tap++)
        sum += at(window, tap) * at(data, row * width + column + tap);
      result[row * outputWidth + column] = sum;
    }
  return { data: result, height, width: outputWidth };
}

function transposed({ data, height, width }: Plane): Plane {
  const result = new Float64Array(data.length);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      result[column * height + row] = at(data, row * width + column);
  return { data: result, height: width, width: height };
}

function product(a: Plane, b: Plane): Plane {
  return { ...a, data: a.data.map((value, index) => value * at(b.data, index)) };
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}
