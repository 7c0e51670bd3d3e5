import type { NodeProto } from '../graph/proto/onnx_pb.js';
import { attribute, type Known } from './known.ts';

/**
 * The terms of an `Einsum` and its result, a letter for each axis.
 *
 * @param node - the node
 * @returns an undefined result where the equation leaves it out
 */
export function equationOf(node: NodeProto): readonly [terms: readonly string[], result: string | undefined] {
  const equation = new TextDecoder().decode(attribute(node, 'equation')?.s ?? new Uint8Array());
  const [terms = '', result] = equation.replaceAll(' ', '').split('->');
  return [terms.split(','), result];
}

/**
 * Sizes of the axes of an `Einsum` by their letters.
 *
 * @param node - the node
 * @param inputs - what is known of its inputs
 * @returns undefined if sizes are not known, or if letters stand for several axes (`...`)
 */
export function labelSizes(
  node: NodeProto,
  inputs: readonly (Known | undefined)[],
): ReadonlyMap<string, number> | undefined {
  const [terms] = equationOf(node);
  const fits = terms.every((term, nth) => !term.includes('.') && inputs[nth]?.dims.length === term.length);
  if (!fits) return undefined;
  const sizes = new Map<string, number>();
  for (const [nth, term] of terms.entries())
    for (const [axis, label] of term.split('').entries())
      sizes.set(label, Math.max(sizes.get(label) ?? 1, inputs[nth]?.dims[axis] ?? 1));
  return sizes;
}
