import type { GraphNode } from '../graph/graph.ts';
import { isFusedAttention, isMatrixProduct } from '../cut/operators.ts';
import { equationOf, labelSizes } from './einsum.ts';
import { countOf, type Known } from './known.ts';

/**
 * Floating-point operations of a node: two for each multiplication of a matrix product and the addition that goes with it.
 * Everything else is small beside those and counts nothing.
 *
 * @param node - any node
 * @param shapes - sizes of tensors
 * @returns undefined when the sizes of a matrix product are not known
 */
export function flopsOf(node: GraphNode, shapes: ReadonlyMap<string, Known>): number | undefined {
  if (!isMatrixProduct(node) && !isFusedAttention(node)) return 0;
  if (node.operator === 'Einsum') return einsumFlops(node, shapes);
  const [first, second, third] = node.proto.input.map((name) => shapes.get(name));
  const output = shapes.get(node.proto.output[0] ?? '');
  if (!first || !second || !output) return undefined;
  if (isFusedAttention(node)) return attentionFlops(first, second, third ?? second);
  const isConv = node.operator.endsWith('Conv');
  if (isConv) return 2 * countOf(output) * countOf({ dims: second.dims.slice(1) });
  const transposed =
    node.operator === 'Gemm' && node.proto.attribute.some(({ name, i }) => name === 'transA' && i === 1n);
  return 2 * countOf(output) * (first.dims.at(transposed ? 0 : -1) ?? 1);
}

function einsumFlops({ proto }: GraphNode, shapes: ReadonlyMap<string, Known>): number | undefined {
  const sizes = labelSizes(
    proto,
    proto.input.map((name) => shapes.get(name)),
  );
  const [terms] = equationOf(proto);
  // One operand alone is only laid out anew.
  if (terms.length < 2) return 0;
  return sizes && 2 * [...sizes.values()].reduce((product, size) => product * size, 1);
}

/** Queries with keys, and weights with values. */
function attentionFlops(query: Known, key: Known, value: Known): number {
  const tokens = key.dims.at(-2) ?? 1;
  return (
    2 * countOf(query) * tokens +
    2 * (countOf(query) / (query.dims.at(-1) ?? 1)) * tokens * (value.dims.at(-1) ?? 1)
  );
}
