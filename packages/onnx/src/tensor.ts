import type { Float32Tensor } from '@refrain/core';
import type { Tensor } from 'onnxruntime-common';
import { OnnxError } from './errors.ts';
import { asFloat32, type FloatTensor } from './feature/feature.ts';
import type { OnnxRuntime } from './runtime.ts';

/**
 * Numbers of a tensor: float32, float16 as bits in a `Uint16Array`, float64, int64, int32, and one byte per element for
 * bool and uint8.
 */
export type OnnxData = Float32Array | Uint16Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;

/** A tensor in main memory; `data` has the product of `dims` elements, the last dimension running fastest. */
export interface OnnxTensor {
  /** Sizes, outermost first. */
  readonly dims: readonly number[];
  /** Elements; the kind of array says the data type. */
  readonly data: OnnxData;
}

/**
 * Hands a tensor to the runtime, without a copy where it takes one.
 *
 * @param runtime - ONNX Runtime
 * @param tensor - what to hand over
 * @param boolean - true where the model wants bool, for which bytes stand
 */
export function toRuntime(runtime: OnnxRuntime, { data, dims }: OnnxTensor, boolean = false): Tensor {
  if (data instanceof Float32Array) return new runtime.Tensor('float32', unshared(data), dims);
  if (data instanceof Uint16Array) return new runtime.Tensor('float16', unshared(data), dims);
  if (data instanceof Float64Array) return new runtime.Tensor('float64', unshared(data), dims);
  if (data instanceof BigInt64Array) return new runtime.Tensor('int64', unshared(data), dims);
  if (data instanceof Int32Array) return new runtime.Tensor('int32', unshared(data), dims);
  return boolean
    ? new runtime.Tensor('bool', unshared(data), dims)
    : new runtime.Tensor('uint8', unshared(data), dims);
}

/** The native runtime refuses shared memory. */
function unshared<Data extends OnnxData>(data: Data): Data {
  const shared = typeof SharedArrayBuffer !== 'undefined' && data.buffer instanceof SharedArrayBuffer;
  return shared ? (data.slice() as Data) : data;
}

/**
 * Takes a tensor from the runtime. It is new and belongs to the caller.
 *
 * @param name - for the message
 * @param tensor - what a session returned
 * @throws OnnxError `MODEL_UNSUPPORTED` when it is not in main memory or of a type that has no array here
 */
export function fromRuntime(name: string, tensor: Tensor | undefined): OnnxTensor {
  if (tensor?.location !== 'cpu')
    throw unsupported(`"${name}" is in ${tensor?.location ?? 'no memory'}, expected main memory`);
  const { data, dims } = tensor;
  if (
    data instanceof Float32Array ||
    (data instanceof Uint16Array && tensor.type === 'float16') ||
    data instanceof Float64Array ||
    data instanceof BigInt64Array ||
    data instanceof Int32Array ||
    (data instanceof Uint8Array && tensor.type !== 'uint4')
  )
    return { data, dims };
  throw unsupported(`"${name}" is ${tensor.type}, which cannot be returned`);
}

/**
 * Takes a tensor of float32 or float16 from the runtime.
 *
 * @param name - for the message
 * @param tensor - what a session returned
 * @throws OnnxError `MODEL_UNSUPPORTED` when it is something else
 */
export function floatFromRuntime(name: string, tensor: Tensor | undefined): FloatTensor {
  const { data, dims } = fromRuntime(name, tensor);
  if (data instanceof Float32Array || data instanceof Uint16Array) return { data, dims };
  throw unsupported(`"${name}" is ${tensor?.type ?? 'missing'}, expected float32 or float16`);
}

/**
 * Takes a tensor of float32 or float16 from the runtime, as float32.
 *
 * @param name - for the message
 * @param tensor - what a session returned
 * @throws OnnxError `MODEL_UNSUPPORTED` when it is something else
 */
export function float32FromRuntime(name: string, tensor: Tensor | undefined): Float32Tensor {
  return asFloat32(floatFromRuntime(name, tensor));
}

function unsupported(message: string): OnnxError {
  return new OnnxError('MODEL_UNSUPPORTED', `the tensor ${message}`);
}
