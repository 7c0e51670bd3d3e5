import { GpuJsError } from '../errors.ts';
import type { WeightsFile } from './safetensors.ts';

/** What the weights file of a Latte model does not say. `loadConfig` of `@refrain/latte-mini` has these fields. */
export interface LatteConfig {
  /** Attention heads of a block. */
  readonly attentionHeads: number;
  /** Frames of a video. */
  readonly frames: number;
  /** Height and width of a frame, in pixels. */
  readonly sampleSize: number;
}

/** Sizes of a Latte model. */
export interface LatteLayout {
  readonly heads: number;
  readonly frames: number;
  /** Height and width of a frame, in pixels. */
  readonly sampleSize: number;
  /** Height and width of a patch, in pixels. */
  readonly patchSize: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  /** Channels of a token. */
  readonly hiddenSize: number;
  /** Channels of a row of the caption. */
  readonly captionSize: number;
  /** Cosines and sines of the timestep. */
  readonly frequencies: number;
  /** Patches along a side of a frame. */
  readonly side: number;
  /** Patches of a frame. */
  readonly patches: number;
  /** Pairs of a spatial and a temporal block. */
  readonly pairs: number;
}

/**
 * The sizes of a model, from its configuration and the shapes of its weights.
 *
 * @param config - what the weights do not say
 * @param weights - the file
 * @throws GpuJsError `WEIGHTS_INVALID` when they contradict each other
 */
export function layoutOf(config: LatteConfig, weights: WeightsFile): LatteLayout {
  const { attentionHeads: heads, frames, sampleSize } = config;
  const patch = weights.tensor('pos_embed.proj.weight', [undefined, undefined, undefined, undefined]);
  const [hiddenSize = 0, inputChannels = 0, patchSize = 0] = patch.shape;
  const [outputs = 0] = weights.tensor('proj_out.bias', [undefined]).shape;
  const [, captionSize = 0] = weights.tensor('caption_projection.linear_1.weight', [
    hiddenSize,
    undefined,
  ]).shape;
  const [, frequencies = 0] = weights.tensor(`${timestepEmbedder}.linear_1.weight`, [
    hiddenSize,
    undefined,
  ]).shape;
  const side = sampleSize / patchSize;
  const layout = {
    heads,
    frames,
    sampleSize,
    patchSize,
    inputChannels,
    outputChannels: outputs / patchSize ** 2,
    hiddenSize,
    captionSize,
    frequencies,
    side,
    patches: side ** 2,
    pairs: pairsOf(weights),
  };
  requireWholeSizes(layout);
  return layout;
}

/** Name of the timestep embedder in the file. */
export const timestepEmbedder = 'adaln_single.emb.timestep_embedder';

function pairsOf({ names }: WeightsFile): number {
  const numbers = names.flatMap((name) => {
    const [, number] = /^temporal_transformer_blocks\.(\d+)\./.exec(name) ?? [];
    return number === undefined ? [] : [Number(number) + 1];
  });
  return Math.max(0, ...numbers);
}

function requireWholeSizes(layout: LatteLayout): void {
  const { heads, hiddenSize, frames, side, outputChannels, sampleSize, patchSize, frequencies, pairs } =
    layout;
  const fits = [
    heads,
    frames,
    sampleSize,
    side,
    outputChannels,
    pairs,
    frequencies / 2,
    hiddenSize / heads,
    hiddenSize / 4,
  ].every((size) => Number.isInteger(size) && size > 0);
  if (fits) return;
  throw new GpuJsError(
    'WEIGHTS_INVALID',
    `expected heads, frames and patches that divide the sizes of the weights, got ${heads} heads for ${hiddenSize} ` +
      `channels, ${frames} frames, patches of ${patchSize} in frames of ${sampleSize}, ${pairs} pairs of blocks; ` +
      'use the configuration that came with the weights',
  );
}
