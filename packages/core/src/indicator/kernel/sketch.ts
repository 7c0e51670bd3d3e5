import { FeatureError } from '../../errors.ts';

/**
 * The strided sketch of an array: elements 0, stride, 2·stride, …
 *
 * A tuple or a feature in shards is sketched array by array, each from its own element 0, so that a rank can sketch
 * its shard without knowing the others. The sketch of a sharded feature is therefore the sketch of the whole only if
 * every shard but the last is a multiple of the stride long.
 *
 * @param data - any length
 * @param stride - in elements; choose one without a common factor with the channel count, so that all channels take part
 * @returns a new array of ⌈length / stride⌉ elements
 * @throws FeatureError `FEATURE_MISMATCH` if the stride is not an integer of at least 1
 *
 * @example
 * ```ts
 * sketchArray(Float32Array.of(0, 1, 2, 3, 4, 5, 6), 3); // Float32Array [0, 3, 6]
 * ```
 */
export function sketchArray(data: Float32Array, stride: number): Float32Array {
  if (!Number.isInteger(stride) || stride < 1) {
    throw new FeatureError(
      'FEATURE_MISMATCH',
      `[core] sketch: expected a stride that is an integer of at least 1, got ${stride}; leave the stride out to take the whole feature`,
    );
  }
  const sketch = new Float32Array(Math.ceil(data.length / stride));
  for (let index = 0; index < sketch.length; index++) sketch[index] = data[index * stride] as number;
  return sketch;
}
