import type { Float32Tensor } from '@refrain/core';
import { floatsToHalves, halvesToFloats } from './half.ts';

/** A tensor of floating-point numbers in main memory. */
export interface FloatTensor {
  /** Sizes, outermost first. */
  readonly dims: readonly number[];
  /** Their product of elements, the last dimension running fastest: float32, or the bits of float16. */
  readonly data: Float32Array | Uint16Array;
}

/**
 * What flows between the blocks of a model: one tensor, the streams of a two-stream model, or the stream and the skip
 * connections that are still to come. It is treated as one, tensor by tensor.
 */
export interface OnnxFeature {
  /** In the order of the cut's position. */
  readonly tensors: readonly FloatTensor[];
}

/**
 * The same numbers in float32.
 *
 * @param tensor - of either type; float32 is returned as it is
 */
export function asFloat32({ data, dims }: FloatTensor): Float32Tensor {
  return { data: data instanceof Float32Array ? data : halvesToFloats(data), dims };
}

/**
 * Numbers in the type of another tensor.
 *
 * @param tensor - the numbers
 * @param like - whose type they take
 */
export function inTypeOf({ data, dims }: Float32Tensor, like: FloatTensor): FloatTensor {
  return { data: like.data instanceof Float32Array ? data : floatsToHalves(data), dims };
}

/** A tensor of its own, with the same numbers. */
export function copyOfTensor({ data, dims }: FloatTensor): FloatTensor {
  return { data: data.slice(), dims };
}

/**
 * Elements 0, stride, 2·stride, … as a flat tensor of its own.
 *
 * @param tensor - any; with a stride of 1 it is copied as it is
 * @param stride - distance of the elements
 */
export function sampleOfTensor(tensor: FloatTensor, stride: number): FloatTensor {
  if (stride <= 1) return copyOfTensor(tensor);
  const { data } = tensor;
  const length = Math.ceil(data.length / stride);
  const sample = data instanceof Float32Array ? new Float32Array(length) : new Uint16Array(length);
  for (let nth = 0; nth < length; nth++) sample[nth] = data[nth * stride] as number;
  return { data: sample, dims: [length] };
}
