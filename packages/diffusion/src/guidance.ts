import { requireFinite, requireSameLength } from './requirements.ts';

/**
 * Classifier-free guidance: `u + scale * (c - u)`.
 *
 * @param unconditional - prediction without the prompt, any shape, flattened.
 * @param conditional - prediction with the prompt, same shape.
 * @param scale - 1 gives the conditional prediction, 0 the unconditional one, more than 1 exaggerates the prompt.
 * @returns a new array.
 * @throws DiffusionError `LENGTH_MISMATCH`; `OPTION_INVALID` for a scale that is not finite.
 *
 * @remarks Ho and Salimans, "Classifier-Free Diffusion Guidance" (2022), in the form with `scale = 1 + w`.
 *
 * @example
 * ```ts
 * import { guide } from '@refrain/diffusion';
 *
 * console.log(guide(new Float32Array([1, 0]), new Float32Array([2, -1]), 3)); // Float32Array(2) [ 4, -3 ]
 * ```
 */
export function guide(
  unconditional: Float32Array,
  conditional: Float32Array,
  scale: number,
): Float32Array<ArrayBuffer> {
  requireSameLength('the unconditional prediction', unconditional, 'the conditional prediction', conditional);
  requireFinite('scale', scale);
  return unconditional.map((value, index) => value + scale * ((conditional[index] ?? Number.NaN) - value));
}
