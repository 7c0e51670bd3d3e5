import { DiffusionError } from './errors.ts';

/** Sizes of a video. */
export interface VideoDimensions {
  readonly channels: number;
  readonly frames: number;
  /** Pixels. */
  readonly height: number;
  /** Pixels. */
  readonly width: number;
}

/** A video as a model returns it: [channels, frames, height, width], flattened in C order, values in [-1, 1]. */
export interface Video extends VideoDimensions {
  readonly data: Float32Array;
}

/**
 * Puts data and sizes together. The data is not copied, and its values are not checked.
 *
 * @param data - [channels, frames, height, width], flattened, -1 is black and 1 is white.
 * @throws DiffusionError `VIDEO_INVALID` when a size is not an integer of at least 1, or the data has another length.
 *
 * @example
 * ```ts
 * import { video } from '@refrain/diffusion';
 *
 * const gray = video(new Float32Array(3 * 2 * 4 * 4), { channels: 3, frames: 2, height: 4, width: 4 });
 * console.log(gray.frames, gray.data.length); // 2 96
 * ```
 */
export function video(data: Float32Array, { channels, frames, height, width }: VideoDimensions): Video {
  const sizes = [channels, frames, height, width];
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0))
    throw new DiffusionError(
      'VIDEO_INVALID',
      `expected channels, frames, height and width to be integers of at least 1, got ${sizes.join(', ')}.`,
    );
  const length = sizes.reduce((product, size) => product * size, 1);
  if (data.length !== length)
    throw new DiffusionError(
      'VIDEO_INVALID',
      `expected ${sizes.join(' x ')} = ${length} values, got ${data.length}. Check the order: channels come first.`,
    );
  return { data, channels, frames, height, width };
}

/** One channel of one frame, [height, width]: a view, not a copy. @internal */
export function plane({ data, frames, height, width }: Video, channel: number, frame: number): Float32Array {
  const size = height * width;
  const start = (channel * frames + frame) * size;
  return data.subarray(start, start + size);
}

/** @internal */
export function requireSameDimensions(a: Video, b: Video): void {
  const sizes = (of: Video): string => [of.channels, of.frames, of.height, of.width].join(' x ');
  if (sizes(a) !== sizes(b))
    throw new DiffusionError(
      'VIDEO_MISMATCH',
      `expected two videos of one size, got ${sizes(a)} and ${sizes(b)} (channels x frames x height x width).`,
    );
}
