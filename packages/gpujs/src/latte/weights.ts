import type { Shape } from '../gpu/grid.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import type { LinearLayer } from '../operations/linear.ts';
import { timestepEmbedder, type LatteLayout } from './layout.ts';
import { patchPositions, sinusoids } from './positions.ts';
import type { WeightsFile } from './safetensors.ts';

/** A linear layer with a bias. */
export type Layer = Required<Pick<LinearLayer, 'weight' | 'bias'>>;

/** Projections of an attention module. */
export interface AttentionWeights {
  readonly queries: Layer;
  readonly keys: Layer;
  readonly values: Layer;
  readonly out: Layer;
}

/** A block. */
export interface BlockWeights {
  /** Shift, scale and gate of attention, then of the MLP: `[6, hiddenSize]`. */
  readonly table: DeviceTensor;
  readonly attention: AttentionWeights;
  /** Attention to the caption, in spatial blocks. */
  readonly cross?: AttentionWeights;
  readonly mlp: { readonly inner: Layer; readonly out: Layer };
}

/** A Latte model on a device. */
export interface LatteWeights {
  readonly patches: Layer;
  /** `[frames, patches, hiddenSize]` */
  readonly patchPositions: DeviceTensor;
  /** `[frames, patches, hiddenSize]` */
  readonly framePositions: DeviceTensor;
  readonly timestep: readonly [Layer, Layer];
  readonly modulation: Layer;
  readonly caption: readonly [Layer, Layer];
  readonly spatial: readonly BlockWeights[];
  readonly temporal: readonly BlockWeights[];
  /** Shift and scale of the last norm: `[2, hiddenSize]`. */
  readonly outTable: DeviceTensor;
  readonly out: Layer;
}

/** Puts values onto a device, and remembers them for whoever frees the weights. */
export type Upload = (values: Float32Array, shape: Shape) => Promise<DeviceTensor>;

/**
 * Uploads the weights of a model, transposed as kernels read them.
 *
 * @param upload - to a device
 * @param file - names as in diffusers' `LatteTransformer3DModel`
 * @param layout - sizes of the model
 * @throws GpuJsError `WEIGHTS_INVALID`; what uploading throws
 */
export async function uploadWeights(
  upload: Upload,
  file: WeightsFile,
  layout: LatteLayout,
): Promise<LatteWeights> {
  const { hiddenSize, inputChannels, outputChannels, patchSize, captionSize, frequencies } = layout;
  const loader = loaderOf(upload, file);
  const area = patchSize ** 2;
  // One after the other: a file that lacks a tensor must not leave uploads under way.
  const blocks = async (family: string, isCross: boolean): Promise<readonly BlockWeights[]> => {
    const loaded: BlockWeights[] = [];
    for (let index = 0; index < layout.pairs; index++)
      loaded.push(await loadBlock(loader, `${family}.${index}`, hiddenSize, isCross));
    return loaded;
  };
  return {
    patches: await loader.convolution('pos_embed.proj', inputChannels, patchSize, hiddenSize),
    ...(await positions(upload, layout)),
    timestep: [
      await loader.layer(`${timestepEmbedder}.linear_1`, frequencies, hiddenSize),
      await loader.layer(`${timestepEmbedder}.linear_2`, hiddenSize, hiddenSize),
    ],
    modulation: await loader.layer('adaln_single.linear', hiddenSize, 6 * hiddenSize),
    caption: [
      await loader.layer('caption_projection.linear_1', captionSize, hiddenSize),
      await loader.layer('caption_projection.linear_2', hiddenSize, hiddenSize),
    ],
    spatial: await blocks('transformer_blocks', true),
    temporal: await blocks('temporal_transformer_blocks', false),
    outTable: await loader.matrix('scale_shift_table', 2, hiddenSize),
    out: await loader.layer('proj_out', hiddenSize, area * outputChannels),
  };
}

/** Loads parts of a model by their names. */
interface Loader {
  layer(name: string, inputs: number, outputs: number): Promise<Layer>;
  convolution(name: string, channels: number, size: number, outputs: number): Promise<Layer>;
  matrix(name: string, rows: number, columns: number): Promise<DeviceTensor>;
}

function loaderOf(upload: Upload, file: WeightsFile): Loader {
  const layerOf = async (
    name: string,
    weight: Float32Array,
    inputs: number,
    outputs: number,
  ): Promise<Layer> => {
    const bias = file.tensor(`${name}.bias`, [outputs]).data;
    return {
      weight: await upload(transposed(weight, outputs, inputs), [inputs, outputs]),
      bias: { table: await upload(bias, [1, outputs]), row: 0 },
    };
  };
  return {
    layer: (name, inputs, outputs) =>
      layerOf(name, file.tensor(`${name}.weight`, [outputs, inputs]).data, inputs, outputs),
    convolution: (name, channels, size, outputs) => {
      const { data } = file.tensor(`${name}.weight`, [outputs, channels, size, size]);
      return layerOf(name, data, channels * size * size, outputs);
    },
    matrix: (name, rows, columns) => upload(file.tensor(name, [rows, columns]).data, [rows, columns]),
  };
}

async function loadBlock(
  loader: Loader,
  name: string,
  size: number,
  isCross: boolean,
): Promise<BlockWeights> {
  return {
    table: await loader.matrix(`${name}.scale_shift_table`, 6, size),
    attention: await loadAttention(loader, `${name}.attn1`, size),
    ...(isCross && { cross: await loadAttention(loader, `${name}.attn2`, size) }),
    mlp: {
      inner: await loader.layer(`${name}.ff.net.0.proj`, size, 4 * size),
      out: await loader.layer(`${name}.ff.net.2`, 4 * size, size),
    },
  };
}

async function loadAttention(loader: Loader, name: string, size: number): Promise<AttentionWeights> {
  return {
    queries: await loader.layer(`${name}.to_q`, size, size),
    keys: await loader.layer(`${name}.to_k`, size, size),
    values: await loader.layer(`${name}.to_v`, size, size),
    out: await loader.layer(`${name}.to_out.0`, size, size),
  };
}

/** Position embeddings, repeated for all frames and all patches. */
async function positions(
  upload: Upload,
  { frames, patches, side, hiddenSize }: LatteLayout,
): Promise<Pick<LatteWeights, 'patchPositions' | 'framePositions'>> {
  const shape = [frames, patches, hiddenSize];
  const ofPatches = patchPositions(hiddenSize, side);
  const ofFrames = sinusoids(
    hiddenSize,
    Array.from({ length: frames }, (_, frame) => frame),
  );
  const [eachPatch, eachFrame] = [0, 1].map(() => new Float32Array(frames * patches * hiddenSize));
  for (let frame = 0; frame < frames; frame++) {
    eachPatch?.set(ofPatches, frame * ofPatches.length);
    for (let patch = 0; patch < patches; patch++)
      eachFrame?.set(
        ofFrames.subarray(frame * hiddenSize, (frame + 1) * hiddenSize),
        (frame * patches + patch) * hiddenSize,
      );
  }
  return {
    patchPositions: await upload(eachPatch as Float32Array, shape),
    framePositions: await upload(eachFrame as Float32Array, shape),
  };
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = matrix[row * columns + column] as number;
  return result;
}
