import type { Graph, GraphNode } from '../graph/graph.ts';
import type { Influences } from './influence.ts';
import { isFusedAttention, isMatrixProduct, isReordering } from './operators.ts';
import type { Residual } from './residual.ts';

/** What a module computes, as far as its own operations tell. */
export type OperationKind = 'attention' | 'cross-attention' | 'mlp' | 'other';

/**
 * Tells attention (a softmax whose result multiplies values) from an MLP (any other matrix product). Attention whose keys
 * or values come from the prompt, not from the latent, is cross-attention. The softmax of a router that picks experts
 * multiplies nothing and does not count.
 *
 * @param graph - the model
 * @param influences - what depends on the latent and on the other inputs
 * @param residual - the module
 */
export function operationKind(graph: Graph, influences: Influences, residual: Residual): OperationKind {
  const { nodes } = residual.segment;
  const attends = nodes.some(
    (node) =>
      isFusedAttention(node) || (node.operator === 'Softmax' && weighsValues(graph, node, new Set(nodes))),
  );
  if (!attends) return nodes.some(isMatrixProduct) ? 'mlp' : 'other';
  return nodes.some((node) => readsPrompt(influences, node)) ? 'cross-attention' : 'attention';
}

function weighsValues(graph: Graph, softmax: GraphNode, inside: ReadonlySet<GraphNode>): boolean {
  const stack = [softmax];
  const seen = new Set<GraphNode>();
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const reader of node.writes.flatMap((name) => graph.consumers.get(name) ?? [])) {
      if (!inside.has(reader) || seen.has(reader)) continue;
      seen.add(reader);
      if (isMatrixProduct(reader)) return true;
      if (isReordering(reader) || reader.operator === 'Where') stack.push(reader);
    }
  }
  return false;
}

/** A product of the trunk with something that depends on other inputs by value, and on the trunk not at all. */
function readsPrompt(influences: Influences, node: GraphNode): boolean {
  if (!isMatrixProduct(node) && !isFusedAttention(node)) return false;
  const factors = node.reads.slice(0, isFusedAttention(node) ? 3 : 2);
  const fromPrompt = (name: string): boolean => influences.condition(name) && !influences.latent(name);
  return factors.some((name) => influences.latent(name)) && factors.some(fromPrompt);
}
