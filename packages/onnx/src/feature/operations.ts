import {
  addSums,
  float32TensorOps,
  type FeatureOps,
  type FeaturePair,
  type Float32Tensor,
  type Sums,
} from '@refrain/core';
import { asFloat32, inTypeOf, sampleOfTensor, type FloatTensor, type OnnxFeature } from './feature.ts';

/** What float32 tensors in main memory can do; all of it is there, and answers at once. */
const floats = float32TensorOps as Required<FeatureOps<Float32Tensor>>;

/**
 * Arithmetic on features of one or several tensors: that of the core on float32, tensor by tensor. Half-precision numbers
 * are widened first, so that sums and indicators lose nothing, and results are rounded back once. Without motion: which
 * dimension runs over the frames, an exported graph does not tell.
 */
export const onnxFeatureOps: FeatureOps<OnnxFeature> = {
  bytes: ({ tensors }) => tensors.reduce((bytes, { data }) => bytes + data.byteLength, 0),
  shape: ({ tensors }) => tensors.map(signature).join(' '),
  subtract: (minuend, subtrahend) =>
    eachTensor([minuend, subtrahend], ([from, what]) => floats.subtract(from, what)),
  combine: (terms) =>
    eachTensor(
      terms.map(({ feature }) => feature),
      (tensors) =>
        floats.combine(tensors.map((feature, nth) => ({ feature, weight: terms[nth]?.weight ?? 0 }))),
    ),
  relativeL1: (pairs) => sumsOfPairs(pairs, (tensors) => floats.relativeL1(tensors) as readonly Sums[]),
  sketch: ({ tensors }, stride) => ({ tensors: tensors.map((tensor) => sampleOfTensor(tensor, stride)) }),
  isFinite: ({ tensors }) => tensors.every((tensor) => floats.isFinite(asFloat32(tensor)) as boolean),
  lowPass: (feature, radius) => eachTensor([feature], ([tensor]) => floats.lowPass(tensor, radius)),
  tokenNorms: (pairs) => sumsOfPairs(pairs, (tensors) => floats.tokenNorms(tensors) as readonly Sums[]),
  products: (feature, others) =>
    others.map((other) =>
      pairsOf({ current: feature, reference: other }).reduce(
        (sum, { current, reference }) =>
          sum + ((floats.products(current, [reference]) as readonly number[])[0] ?? 0),
        0,
      ),
    ),
  dispose: () => {},
};

function signature({ data, dims }: FloatTensor): string {
  return signatureOfTensor(data instanceof Float32Array ? 'float32' : 'float16', dims);
}

/** Type and sizes of one tensor of a feature as text. */
export function signatureOfTensor(type: 'float32' | 'float16', dims: readonly number[]): string {
  return `${type === 'float32' ? 'f32' : 'f16'}[${dims.join(',')}]`;
}

/** Applies an operation to the first tensors of some features, to their second ones, and so on. */
function eachTensor(
  features: readonly OnnxFeature[],
  operation: (tensors: readonly [Float32Tensor, Float32Tensor, ...Float32Tensor[]]) => unknown,
): OnnxFeature {
  const [first] = features;
  const count = Math.max(...features.map(({ tensors }) => tensors.length));
  const tensors = Array.from({ length: count }, (_, nth) => {
    const operands = features.map((feature) => tensorAt(feature, nth));
    const result = operation(operands as unknown as [Float32Tensor, Float32Tensor]) as Float32Tensor;
    return inTypeOf(result, first?.tensors[nth] ?? result);
  });
  return { tensors };
}

/** An empty tensor where a feature has fewer than another: the core's operations refuse it, and say what came. */
function tensorAt({ tensors }: OnnxFeature, nth: number): Float32Tensor {
  const tensor = tensors[nth];
  return tensor ? asFloat32(tensor) : { data: new Float32Array(0), dims: [0] };
}

function pairsOf({ current, reference }: FeaturePair<OnnxFeature>): readonly FeaturePair<Float32Tensor>[] {
  const count = Math.max(current.tensors.length, reference.tensors.length);
  return Array.from({ length: count }, (_, nth) => ({
    current: tensorAt(current, nth),
    reference: tensorAt(reference, nth),
  }));
}

function sumsOfPairs(
  pairs: readonly FeaturePair<OnnxFeature>[],
  sums: (pairs: readonly FeaturePair<Float32Tensor>[]) => readonly Sums[],
): readonly Sums[] {
  return pairs.map((pair) => addSums(sums(pairsOf(pair))));
}
