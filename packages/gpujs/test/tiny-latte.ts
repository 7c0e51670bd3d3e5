import type { LatteConfig, LatteInput } from '../src/index.ts';
import { randomArray, randomNumbers } from './random.ts';
import { writeSafetensors, type NamedTensor } from './safetensors-writer.ts';

/** Sizes of the tiny model: two pairs of blocks, two heads, three frames of 2 × 2 patches. */
export const tiny = {
  heads: 2,
  hidden: 12,
  frames: 3,
  sampleSize: 8,
  patch: 4,
  channels: 2,
  caption: 5,
  captionTokens: 3,
  frequencies: 8,
  pairs: 2,
} as const;

/** What the weights do not say. */
export const tinyConfig: LatteConfig = {
  attentionHeads: tiny.heads,
  frames: tiny.frames,
  sampleSize: tiny.sampleSize,
};

/** A small Latte model with random weights: its tensors by name. */
export function tinyTensors(seed = 1): Map<string, NamedTensor> {
  const { hidden, channels, patch, caption, frequencies, pairs } = tiny;
  const tensors = new Map<string, NamedTensor>();
  const next = randomNumbers(seed);
  const put = (name: string, shape: readonly number[], scale: number): void => {
    const length = shape.reduce((product, size) => product * size, 1);
    tensors.set(name, { shape, data: Float32Array.from({ length }, () => next() * scale) });
  };
  const layer = (name: string, outputs: number, inputs: number): void => {
    put(`${name}.weight`, [outputs, inputs], 1.7 / Math.sqrt(inputs));
    put(`${name}.bias`, [outputs], 0.2);
  };
  put('pos_embed.proj.weight', [hidden, channels, patch, patch], 0.3);
  put('pos_embed.proj.bias', [hidden], 0.2);
  layer('adaln_single.emb.timestep_embedder.linear_1', hidden, frequencies);
  layer('adaln_single.emb.timestep_embedder.linear_2', hidden, hidden);
  layer('adaln_single.linear', 6 * hidden, hidden);
  layer('caption_projection.linear_1', hidden, caption);
  layer('caption_projection.linear_2', hidden, hidden);
  for (let pair = 0; pair < pairs; pair++)
    for (const family of ['transformer_blocks', 'temporal_transformer_blocks']) {
      const block = `${family}.${pair}`;
      put(`${block}.scale_shift_table`, [6, hidden], 0.5);
      for (const attention of family === 'transformer_blocks' ? ['attn1', 'attn2'] : ['attn1'])
        for (const projection of ['to_q', 'to_k', 'to_v', 'to_out.0'])
          layer(`${block}.${attention}.${projection}`, hidden, hidden);
      layer(`${block}.ff.net.0.proj`, 4 * hidden, hidden);
      layer(`${block}.ff.net.2`, hidden, 4 * hidden);
    }
  put('scale_shift_table', [2, hidden], 0.5);
  layer('proj_out', patch * patch * channels, hidden);
  return tensors;
}

/** The same as a file. */
export function tinyWeights(seed = 1): Uint8Array {
  return writeSafetensors(tinyTensors(seed));
}

/** An input of the tiny model. */
export function tinyInput(timestep = 500, seed = 7): LatteInput {
  const { channels, frames, sampleSize, caption, captionTokens } = tiny;
  return {
    hidden_states: {
      data: randomArray(channels * frames * sampleSize ** 2, seed),
      dims: [1, channels, frames, sampleSize, sampleSize],
    },
    timestep: { data: Float32Array.of(timestep), dims: [1] },
    encoder_hidden_states: {
      data: randomArray(captionTokens * caption, seed + 1),
      dims: [1, captionTokens, caption],
    },
  };
}
