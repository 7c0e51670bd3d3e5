import { DiffusionError } from './errors.ts';
import { frameRaster, requireScale, type Raster } from './raster.ts';
import { requireInteger } from './requirements.ts';
import { encoded, loadSharp } from './sharp.ts';
import type { Video } from './video.ts';

/** Options of a contact sheet. */
export interface ContactSheetOptions {
  /**
   * Width and height of a video pixel in the file, from 1 to 64, nearest neighbour.
   *
   * @defaultValue 1
   */
  readonly scale?: number;
  /**
   * Pixels of the file between frames and around them, from 0 to 64.
   *
   * @defaultValue 2
   */
  readonly gap?: number;
}

/** Brightness of the gaps and of the space beside shorter videos: seen against black, gray and white frames alike. */
const background = 60;

/**
 * Writes a PNG with all frames side by side; several videos become rows, in their order. The videos may differ in size
 * and length.
 *
 * @param videos - one video or several, each with 3 channels (red, green, blue) or 1 (gray).
 * @returns the bytes of the file.
 * @throws DiffusionError `DEPENDENCY_MISSING` without the package sharp, `OPTION_INVALID`, `VIDEO_INVALID` for another
 * number of channels or no video at all, `ENCODING_FAILED` with the reason as `cause`.
 *
 * @example
 * ```ts
 * import { encodePng, gaussianNoise, video } from '@refrain/diffusion';
 *
 * const size = { channels: 3, frames: 4, height: 8, width: 8 };
 * const rows = [1, 2].map((seed) => video(gaussianNoise(3 * 4 * 8 * 8, seed), size));
 * const bytes = await encodePng(rows, { scale: 2 });
 * console.log(new TextDecoder().decode(bytes.subarray(1, 4))); // PNG
 * ```
 */
export async function encodePng(
  videos: Video | readonly Video[],
  { scale = 1, gap = 2 }: ContactSheetOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  requireScale(scale);
  requireInteger('gap', gap, 0, 64);
  const { data, height, width } = contactSheet('data' in videos ? [videos] : videos, scale, gap);
  const sharp = await loadSharp();
  return encoded('PNG', () =>
    sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

function contactSheet(videos: readonly Video[], scale: number, gap: number): Raster {
  if (videos.length === 0)
    throw new DiffusionError('VIDEO_INVALID', 'expected at least one video for a contact sheet, got none.');
  const width = Math.max(...videos.map((video) => gap + video.frames * (video.width * scale + gap)));
  const height = videos.reduce((sum, video) => sum + video.height * scale + gap, gap);
  const sheet: Raster = { data: new Uint8ClampedArray(height * width * 3).fill(background), height, width };
  let top = gap;
  for (const video of videos) {
    for (let frame = 0; frame < video.frames; frame++)
      paste(frameRaster(video, frame, scale), sheet, top, gap + frame * (video.width * scale + gap));
    top += video.height * scale + gap;
  }
  return sheet;
}

function paste(source: Raster, target: Raster, top: number, left: number): void {
  for (let row = 0; row < source.height; row++) {
    const pixels = source.data.subarray(row * source.width * 3, (row + 1) * source.width * 3);
    target.data.set(pixels, ((top + row) * target.width + left) * 3);
  }
}
