import type { GraphNode } from '../graph/graph.ts';
import { isFusedAttention, isMatrixProduct } from './operators.ts';
import type { Trunk } from './trunk.ts';

/**
 * What nodes compute, but for the values of weights: their matrix products with the sizes of what they multiply by. Cheap
 * nodes are left out: exporters fold and share them differently from block to block.
 *
 * @param trunk - has the graph
 * @param nodes - of a module
 */
export function signatureOf(trunk: Trunk, nodes: readonly GraphNode[]): string {
  return nodes
    .filter((node) => isMatrixProduct(node) || isFusedAttention(node))
    .map((node) => `${node.operator}${weightSizes(trunk, node)}`)
    .toSorted()
    .join(',');
}

/** Sizes of the weights that a node multiplies by, in ascending order: a stored transposition makes no difference. */
function weightSizes({ graph, influences }: Trunk, node: GraphNode): string {
  const weights = node.reads.filter((name) => influences.constant(name));
  const sizes = weights.map((name) => storedSizes(graph.initializers, graph.producers, name));
  return `(${sizes.filter((size) => size.includes('×')).join(';')})`;
}

function storedSizes(
  initializers: Trunk['graph']['initializers'],
  producers: Trunk['graph']['producers'],
  name: string,
): string {
  for (let at: string | undefined = name; at !== undefined; at = producers.get(at)?.reads[0]) {
    const node = producers.get(at);
    const dims =
      initializers.get(at)?.dims ?? node?.proto.attribute.find(({ name: key }) => key === 'value')?.t?.dims;
    if (dims)
      return dims
        .map(Number)
        .toSorted((a, b) => a - b)
        .join('×');
  }
  return '';
}
