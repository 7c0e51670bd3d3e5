import { GpuJsError } from '../errors.ts';
import { elementsOf } from '../gpu/grid.ts';
import type { LatteLayout } from './layout.ts';

/** A float32 tensor in main memory; sizes outermost first. */
export interface LatteTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** What the model is given at a step. The names are those of its ONNX graph, so that inputs serve both. */
export interface LatteInput {
  /** The noisy video: `[1, channels, frames, height, width]`. */
  readonly hidden_states: LatteTensor;
  /** The timestep, 0 … 1000: `[1]`. */
  readonly timestep: LatteTensor;
  /** The caption: `[1, tokens, captionSize]`. */
  readonly encoder_hidden_states: LatteTensor;
}

/**
 * The shape of a video in the model.
 *
 * @param layout - of the model
 * @param channels - of the video
 */
export function videoShape({ frames, sampleSize }: LatteLayout, channels: number): readonly number[] {
  return [1, channels, frames, sampleSize, sampleSize];
}

/**
 * Refuses inputs that do not fit the model.
 *
 * @throws GpuJsError `INPUT_MISMATCH` that names the input, what was expected and what came
 */
export function requireInput(input: LatteInput, layout: LatteLayout): void {
  const { inputChannels, captionSize } = layout;
  requireTensor('hidden_states', input?.hidden_states, videoShape(layout, inputChannels));
  requireTensor('timestep', input.timestep, [1]);
  requireTensor('encoder_hidden_states', input.encoder_hidden_states, [1, undefined, captionSize]);
}

function requireTensor(
  name: string,
  tensor: LatteTensor | undefined,
  shape: readonly (number | undefined)[],
): void {
  const expected = `input "${name}": expected float32 [${shape.map((size) => size ?? 'tokens').join(', ')}]`;
  if (!(tensor?.data instanceof Float32Array) || !Array.isArray(tensor.dims))
    throw mismatch(`${expected}, got ${tensor?.data ? 'another type' : 'nothing'}`);
  const { data, dims } = tensor;
  const came = `[${dims.join(', ')}] with ${data.length} elements`;
  const fits =
    dims.length === shape.length && dims.every((size, axis) => size > 0 && (shape[axis] ?? size) === size);
  if (!fits || elementsOf(dims) !== data.length) throw mismatch(`${expected}, got ${came}`);
}

function mismatch(message: string): GpuJsError {
  return new GpuJsError('INPUT_MISMATCH', message);
}
