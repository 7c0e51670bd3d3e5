import { DiffusionError } from './errors.ts';
import { requireInteger } from './requirements.ts';
import { plane, type Video } from './video.ts';

/** 8-bit pixels, [height, width, 3], red green blue. @internal */
export interface Raster {
  readonly data: Uint8ClampedArray;
  readonly height: number;
  readonly width: number;
}

/** Largest enlargement; a guard against a scale that was meant as a size in pixels. */
const largestScale = 64;

/** @internal */
export function requireScale(scale: number): void {
  requireInteger('scale', scale, 1, largestScale);
}

/**
 * One frame as 8-bit pixels, every pixel enlarged to `scale` × `scale` (nearest neighbour).
 *
 * @throws DiffusionError `VIDEO_INVALID` for a video that has neither 3 channels (red, green, blue) nor 1 (gray).
 *
 * @internal
 */
export function frameRaster(video: Video, frame: number, scale: number): Raster {
  if (video.channels !== 3 && video.channels !== 1)
    throw new DiffusionError(
      'VIDEO_INVALID',
      `expected 3 channels (red, green, blue) or 1 (gray), got ${video.channels}. Decode latents to pixels first.`,
    );
  const [height, width] = [video.height * scale, video.width * scale];
  const data = new Uint8ClampedArray(height * width * 3);
  for (let channel = 0; channel < 3; channel++) {
    const pixels = eightBits(plane(video, video.channels === 3 ? channel : 0, frame));
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const source = Math.floor(row / scale) * video.width + Math.floor(column / scale);
        data[(row * width + column) * 3 + channel] = pixels[source] ?? 0;
      }
  }
  return { data, height, width };
}

/** [-1, 1] to 0 … 255: the clamped array clamps and rounds to the nearest integer by itself. */
function eightBits(values: Float32Array): Uint8ClampedArray {
  return Uint8ClampedArray.from(values, (value) => (value + 1) * 127.5);
}
