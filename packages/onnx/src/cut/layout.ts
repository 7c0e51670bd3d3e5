import type { GraphNode } from '../graph/graph.ts';
import { isFusedAttention, isMatrixProduct } from './operators.ts';
import type { Segment } from './trunk.ts';

/**
 * How the tokens of the stream lie, as the steps that separate them from the layout in which the stream begins. Empty is
 * that first, canonical layout. Spatio-temporal models go to and fro between (batch·frames, tokens, channels) and
 * (batch·tokens, frames, channels) by a reshape, a transposition and a reshape; a step that undoes the one before it
 * leads back.
 */
export type Layout = readonly string[];

/**
 * The layout after a segment.
 *
 * @param layout - before the segment
 * @param segment - a segment between modules; modules themselves give back the layout that they were given
 */
export function layoutAfter(layout: Layout, segment: Segment): Layout {
  return segment.nodes.reduce(afterNode, layout);
}

/**
 * Whether a segment is cheap: it moves tokens, adds positions or norms, and multiplies no matrices. Such a segment can
 * stand between two modules of the stream.
 *
 * @param segment - a segment that is no residual module
 */
export function isLight(segment: Segment): boolean {
  return !segment.nodes.some(
    (node) => isMatrixProduct(node) || isFusedAttention(node) || node.operator === 'Softmax',
  );
}

/** Sizes are not known here. A reshape right after another is taken to undo it, as splitting and merging an axis do. */
function afterNode(layout: Layout, node: GraphNode): Layout {
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
