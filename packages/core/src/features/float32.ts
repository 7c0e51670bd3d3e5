import type { FeatureOps } from '../pass/features.ts';
import { float32FeatureOps } from './operations.ts';

/**
 * A feature in main memory: one array, or several. An array of arrays is a tuple, such as the two streams of a
 * multimodal block, or the shards that one process holds; it is treated as one feature, array by array.
 */
export type Float32Feature = Float32Array | readonly Float32Array[];

/** A feature in main memory with its dimensions, outermost first; `data` has their product of elements. */
export interface Float32Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** True for a `Float32Array` and for an array of them. */
export function isFloat32Feature(value: unknown): value is Float32Feature {
  if (value instanceof Float32Array) return true;
  return Array.isArray(value) && value.every((part) => part instanceof Float32Array);
}

/** The arrays of a feature, in order: one, or those of the tuple. */
export function arraysOf(feature: Float32Feature): readonly Float32Array[] {
  return feature instanceof Float32Array ? [feature] : feature;
}

/**
 * Arithmetic on {@link Float32Feature}. Sums and differences are those of float32 arithmetic: `x + r` with both weights
 * 1 has the bits of `Math.fround(x + r)`, and reuse with the single weight 1 has the bits of what was cached. Other
 * combinations are added in float64, term by term, and rounded once.
 *
 * Signatures are lengths: `f32[512]`, for tuples `(f32[512],f32[64])`.
 */
export const float32Ops: FeatureOps<Float32Feature> = /* @__PURE__ */ float32FeatureOps<Float32Feature>({
  arrays: arraysOf,
  rebuild: (like, arrays) => (like instanceof Float32Array ? (arrays[0] as Float32Array) : arrays),
  signature: (feature) =>
    feature instanceof Float32Array
      ? `f32[${feature.length}]`
      : `(${feature.map(({ length }) => `f32[${length}]`).join(',')})`,
  dims: (feature, index) => [arraysOf(feature)[index]?.length ?? 0],
});

/** Arithmetic on {@link Float32Tensor}, as {@link float32Ops}. Signatures are dimensions: `f32[2,64,128]`. A sketch is flat. */
export const float32TensorOps: FeatureOps<Float32Tensor> = /* @__PURE__ */ float32FeatureOps<Float32Tensor>({
  arrays: ({ data }) => [data],
  rebuild: ({ data, dims }, arrays) => {
    const rebuilt = arrays[0] as Float32Array;
    return { data: rebuilt, dims: rebuilt.length === data.length ? dims : [rebuilt.length] };
  },
  signature: ({ dims }) => `f32[${dims.join(',')}]`,
  dims: ({ dims }) => dims,
});
