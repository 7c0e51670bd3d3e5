import type { LatteInput } from '../../packages/gpujs/src/latte/input.ts';
import type { LatteLayout } from '../../packages/gpujs/src/latte/layout.ts';
import { patchify } from '../../packages/gpujs/src/latte/patches.ts';
import { patchPositions, timestepWaves } from '../../packages/gpujs/src/latte/positions.ts';
import type { WeightsFile } from '../../packages/gpujs/src/latte/safetensors.ts';

/** The first spatial block of a Latte model in typed arrays, as one writes it without thinking about speed. */
export interface TypedArrayBlock {
  /** The stream behind the block, from the stream in front of it. */
  run(x: Float32Array): Float32Array;
  /** The stream at position 0. */
  enter(input: LatteInput): Float32Array;
}

/**
 * Makes the block for the timestep and the caption of an input.
 *
 * @param weights - of the model
 * @param layout - of the model
 * @param input - timestep and caption
 */
export function typedArrayBlock(
  weights: WeightsFile,
  layout: LatteLayout,
  input: LatteInput,
): TypedArrayBlock {
  const { hiddenSize: size, heads, frames, patches, frequencies } = layout;
  const tokens = frames * patches;
  const layer = (x: Float32Array, name: string, activation?: (value: number) => number): Float32Array => {
    const bias = parameters(`${name}.bias`);
    return linear(x, parameters(`${name}.weight`), bias, activation);
  };
  const known = new Map<string, Float32Array>();
  const parameters = (name: string): Float32Array => {
    const found = known.get(name);
    if (found) return found;
    const shape = name.endsWith('table') || (name.endsWith('weight') && !name.startsWith('pos')) ? 2 : 1;
    const dimensions = name === 'pos_embed.proj.weight' ? 4 : shape;
    const { data } = weights.tensor(
      name,
      Array.from({ length: dimensions }, () => undefined),
    );
    known.set(name, data);
    return data;
  };
  const embedder = 'adaln_single.emb.timestep_embedder';
  const waves = timestepWaves(input.timestep.data[0] ?? 0, frequencies);
  const embedding = layer(layer(waves, `${embedder}.linear_1`, silu), `${embedder}.linear_2`, silu);
  const modulation = layer(embedding, 'adaln_single.linear');
  const caption = layer(
    layer(input.encoder_hidden_states.data, 'caption_projection.linear_1', gelu),
    'caption_projection.linear_2',
  );
  const block = 'transformer_blocks.0';
  const table = parameters(`${block}.scale_shift_table`).map((value, at) => value + (modulation[at] ?? 0));
  const row = (at: number): Float32Array => table.subarray(at * size, (at + 1) * size);
  const attend = (x: Float32Array, context: Float32Array, name: string, group: number): Float32Array => {
    const [q, k, v] = [
      layer(x, `${name}.to_q`),
      layer(context, `${name}.to_k`),
      layer(context, `${name}.to_v`),
    ];
    return layer(attention(q, k, v, { size, heads, group }), `${name}.to_out.0`);
  };
  return {
    enter: ({ hidden_states }) => {
      const cut = layer(patchify(hidden_states.data, layout), 'pos_embed.proj');
      const places = patchPositions(size, layout.side);
      return cut.map((value, at) => value + (places[at % places.length] ?? 0));
    },
    run: (x) => {
      let stream = x;
      const add = (value: Float32Array, gate?: Float32Array): void => {
        stream = stream.map((one, at) => one + (gate?.[at % size] ?? 1) * (value[at] ?? 0));
      };
      const attended = modulated(stream, row(0), row(1), size);
      add(attend(attended, attended, `${block}.attn1`, tokens / frames), row(2));
      add(attend(stream, caption, `${block}.attn2`, 0));
      const inner = layer(modulated(stream, row(3), row(4), size), `${block}.ff.net.0.proj`, gelu);
      add(layer(inner, `${block}.ff.net.2`), row(5));
      return stream;
    },
  };
}

function linear(
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array,
  activation?: (value: number) => number,
): Float32Array {
  const outputs = bias.length;
  const inputs = weight.length / outputs;
  const rows = x.length / inputs;
  const result = new Float32Array(rows * outputs);
  for (let row = 0; row < rows; row++)
    for (let output = 0; output < outputs; output++) {
      let sum = bias[output] as number;
      for (let input = 0; input < inputs; input++)
        sum += (x[row * inputs + input] as number) * (weight[output * inputs + input] as number);
      result[row * outputs + output] = activation ? activation(sum) : sum;
    }
  return result;
}

function modulated(x: Float32Array, shift: Float32Array, scale: Float32Array, size: number): Float32Array {
  const result = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += size) {
    let [mean, variance] = [0, 0];
    for (let index = 0; index < size; index++) mean += (x[start + index] as number) / size;
    for (let index = 0; index < size; index++) variance += ((x[start + index] as number) - mean) ** 2 / size;
    const inverse = 1 / Math.sqrt(variance + 1e-6);
    for (let index = 0; index < size; index++)
      result[start + index] =
        ((x[start + index] as number) - mean) * inverse * (1 + (scale[index] as number)) +
        (shift[index] as number);
  }
  return result;
}

/** Softmax attention within groups of tokens; a group of 0 is all keys. */
function attention(
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  { size, heads, group }: { readonly size: number; readonly heads: number; readonly group: number },
): Float32Array {
  const result = new Float32Array(q.length);
  const width = size / heads;
  const keys = group === 0 ? k.length / size : group;
  const scores = new Float32Array(keys);
  for (let token = 0; token < q.length / size; token++) {
    const first = group === 0 ? 0 : Math.floor(token / group) * group;
    for (let base = 0; base < size; base += width) {
      let largest = -Infinity;
      for (let key = 0; key < keys; key++) {
        let score = 0;
        for (let index = base; index < base + width; index++)
          score += (q[token * size + index] as number) * (k[(first + key) * size + index] as number);
        scores[key] = score / Math.sqrt(width);
        largest = Math.max(largest, scores[key] as number);
      }
      let total = 0;
      for (let key = 0; key < keys; key++) {
        scores[key] = Math.exp((scores[key] as number) - largest);
        total += scores[key] as number;
      }
      for (let key = 0; key < keys; key++)
        for (let index = base; index < base + width; index++)
          result[token * size + index] =
            (result[token * size + index] as number) +
            ((scores[key] as number) / total) * (v[(first + key) * size + index] as number);
    }
  }
  return result;
}

function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
}
