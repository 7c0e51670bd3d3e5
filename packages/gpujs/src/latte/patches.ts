import type { LatteLayout } from './layout.ts';

/**
 * Cuts a video into patches: one row for each patch, frame after frame, with its pixels channel by channel.
 *
 * @param video - `[channels, frames, height, width]`
 * @param layout - of the model
 * @returns `frames · patches` rows
 */
export function patchify(video: Float32Array, layout: LatteLayout): Float32Array {
  const patches = new Float32Array(video.length);
  eachPixel(layout, layout.inputChannels, (pixel, { token, channel, row, column }) => {
    const { inputChannels, patchSize } = layout;
    const inside = (channel * patchSize + row) * patchSize + column;
    patches[token * inputChannels * patchSize ** 2 + inside] = video[pixel] ?? 0;
  });
  return patches;
}

/**
 * Puts patches together again. The channels of a pixel lie side by side here, unlike on the way in.
 *
 * @param patches - `frames · patches` rows
 * @param layout - of the model
 * @returns `[channels, frames, height, width]`
 */
export function unpatchify(patches: Float32Array, layout: LatteLayout): Float32Array {
  const video = new Float32Array(patches.length);
  eachPixel(layout, layout.outputChannels, (pixel, { token, channel, row, column }) => {
    const { outputChannels, patchSize } = layout;
    const inside = (row * patchSize + column) * outputChannels + channel;
    video[pixel] = patches[token * outputChannels * patchSize ** 2 + inside] ?? 0;
  });
  return video;
}

/** Where a pixel lies: in which token, and where inside its patch. */
interface Place {
  readonly token: number;
  readonly channel: number;
  readonly row: number;
  readonly column: number;
}

function eachPixel(
  { frames, sampleSize, patchSize, side, patches }: LatteLayout,
  channels: number,
  visit: (pixel: number, place: Place) => void,
): void {
  let pixel = 0;
  for (let channel = 0; channel < channels; channel++)
    for (let frame = 0; frame < frames; frame++)
      for (let y = 0; y < sampleSize; y++)
        for (let x = 0; x < sampleSize; x++) {
          const patch = Math.floor(y / patchSize) * side + Math.floor(x / patchSize);
          visit(pixel, {
            token: frame * patches + patch,
            channel,
            row: y % patchSize,
            column: x % patchSize,
          });
          pixel += 1;
        }
}
