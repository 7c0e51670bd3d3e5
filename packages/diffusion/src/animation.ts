import { DiffusionError } from './errors.ts';
import { frameRaster, requireScale } from './raster.ts';
import { encoded, loadSharp } from './sharp.ts';
import type { Video } from './video.ts';

/** Options of an animated file. */
export interface AnimationOptions {
  /**
   * Speed, from 0.1 to 50 for GIF (players slow down shorter delays) and to 1000 for WebP.
   *
   * @defaultValue 8
   */
  readonly framesPerSecond?: number;
  /**
   * Width and height of a video pixel in the file, from 1 to 64, nearest neighbour.
   *
   * @defaultValue 1
   */
  readonly scale?: number;
}

/** What a format can express: the unit of its delays, in milliseconds, and its fastest speed. */
interface Timing {
  readonly unit: number;
  readonly fastest: number;
}

const gifTiming: Timing = { unit: 10, fastest: 50 };
const webpTiming: Timing = { unit: 1, fastest: 1000 };
const slowest = 0.1;

/**
 * Writes an endlessly repeated animated GIF with at most 256 colours per frame, without dithering (which would flicker).
 *
 * Runs of equal frames become one frame that is shown longer: the duration stays the same.
 *
 * @param video - 3 channels (red, green, blue) or 1 (gray).
 * @returns the bytes of the file.
 * @throws DiffusionError `DEPENDENCY_MISSING` without the package sharp, `OPTION_INVALID`, `VIDEO_INVALID` for another
 * number of channels, `ENCODING_FAILED` with the reason as `cause`.
 *
 * @example
 * ```ts
 * import { encodeGif, gaussianNoise, video } from '@refrain/diffusion';
 *
 * const noise = video(gaussianNoise(3 * 4 * 8 * 8, 1), { channels: 3, frames: 4, height: 8, width: 8 });
 * const bytes = await encodeGif(noise, { framesPerSecond: 4, scale: 4 });
 * console.log(new TextDecoder().decode(bytes.subarray(0, 6))); // GIF89a
 * ```
 */
export async function encodeGif(
  video: Video,
  options: AnimationOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { image, delay } = await animation(video, options, gifTiming);
  // Without the palette error of 0, frames that differ by a shade are merged into one.
  const gif = { delay, loop: 0, dither: 0, interFrameMaxError: 0, interPaletteMaxError: 0 };
  return encoded('GIF', () => image.gif(gif).toBuffer());
}

/**
 * Writes an endlessly repeated animated WebP, lossless.
 *
 * Runs of equal frames become one frame that is shown longer: the duration stays the same. A video whose frames are all
 * equal becomes a still image, because the format has no animation of one frame.
 *
 * @param video - 3 channels (red, green, blue) or 1 (gray).
 * @returns the bytes of the file.
 * @throws DiffusionError as `encodeGif`.
 */
export async function encodeWebp(
  video: Video,
  options: AnimationOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { image, delay } = await animation(video, options, webpTiming);
  return encoded('WebP', () => image.webp({ delay, loop: 0, lossless: true }).toBuffer());
}

async function animation(video: Video, { framesPerSecond = 8, scale = 1 }: AnimationOptions, timing: Timing) {
  requireSpeed(framesPerSecond, timing);
  requireScale(scale);
  const frames = Array.from({ length: video.frames }, (_, frame) => frameRaster(video, frame, scale));
  const [height, width] = [video.height * scale, video.width * scale];
  const pixels = new Uint8Array(video.frames * height * width * 3);
  for (const [index, { data }] of frames.entries()) pixels.set(data, index * data.length);
  const sharp = await loadSharp();
  const raw = { width, height: height * video.frames, channels: 3, pageHeight: height } as const;
  return { image: sharp(pixels, { raw }), delay: frameDelays(video.frames, framesPerSecond, timing.unit) };
}

/**
 * How long each frame is shown, in milliseconds, as multiples of the unit.
 *
 * The ends of the frames are rounded, not the delays: so the whole duration is right to half a unit.
 *
 * @internal
 */
export function frameDelays(frames: number, framesPerSecond: number, unit: number): number[] {
  const end = (frame: number): number => Math.round((frame * 1000) / framesPerSecond / unit) * unit;
  return Array.from({ length: frames }, (_, frame) => end(frame + 1) - end(frame));
}

function requireSpeed(framesPerSecond: number, { fastest }: Timing): void {
  if (!(framesPerSecond >= slowest && framesPerSecond <= fastest))
    throw new DiffusionError(
      'OPTION_INVALID',
      `expected framesPerSecond from ${slowest} to ${fastest}, got ${framesPerSecond}.`,
    );
}
