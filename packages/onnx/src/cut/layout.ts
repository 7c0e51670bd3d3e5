import type { GraphNode } from '../graph/graph.ts';

/**
 * How the tokens of the stream lie, as the steps that separate them from the layout in which the stream begins. Empty is
 * that first, canonical layout. Spatio-temporal models go to and fro between (batch·frames, tokens, channels) and
 * (batch·tokens, frames, channels) by a reshape, a transposition and a reshape; a step that undoes the one before it
 * leads back.
 */
export type Layout = readonly string[];

/**
 * The layout after a node. Sizes are not known here. A reshape right after another is taken to undo it, as splitting and
 * merging an axis do.
 *
 * @param layout - before the node
 * @param node - a node between two modules; modules themselves give back the layout that they were given
 */
export function layoutAfter(layout: Layout, node: GraphNode | undefined): Layout {
  if (!node) return layout;
  if (node.operator === 'Transpose') return transposed(layout, permutationOf(node));
  if (!reshapes.has(node.operator)) return layout;
  return layout.at(-1) === 'reshape' ? layout.slice(0, -1) : [...layout, 'reshape'];
}

const reshapes: ReadonlySet<string> = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten']);

function transposed(layout: Layout, permutation: readonly number[]): Layout {
  if (permutation.every((axis, place) => axis === place)) return layout;
  const undo = permutation.map((_, axis) => permutation.indexOf(axis)).join(',');
  return layout.at(-1) === undo ? layout.slice(0, -1) : [...layout, permutation.join(',')];
}

function permutationOf(node: GraphNode): readonly number[] {
  const attribute = node.proto.attribute.find(({ name }) => name === 'perm');
  return attribute ? attribute.ints.map(Number) : [1, 0];
}
