import type { GraphNode } from '../graph/graph.ts';
import type { Influences } from './influence.ts';
import { isFusedAttention, isMatrixProduct, isReordering } from './operators.ts';
import type { ResidualSum } from './sums.ts';
import type { Trunk } from './trunk.ts';

/**
 * What a module computes, as far as its own operations tell. `parallel` is attention with an MLP beside it, as in
 * single-stream blocks that project both together.
 */
export type OperationKind = 'attention' | 'cross-attention' | 'parallel' | 'mlp' | 'other';

/**
 * Tells attention (a softmax whose result multiplies values) from an MLP (any other matrix product). Attention whose keys
 * or values come from the prompt, not from the latent, is cross-attention. The softmax of a router that picks experts
 * multiplies nothing and does not count.
 *
 * @param trunk - what depends on the latent and on the other inputs
 * @param start - the stream that the module reads
 * @param sum - where it ends
 * @param nodes - its nodes
 */
export function operationKind(
  trunk: Trunk,
  start: string,
  sum: ResidualSum,
  nodes: readonly GraphNode[],
): OperationKind {
  const attentions = attentionNodes(trunk, nodes);
  if (attentions.size === 0) return nodes.some(isMatrixProduct) ? 'mlp' : 'other';
  if (nodes.some((node) => readsPrompt(trunk.influences, node))) return 'cross-attention';
  return passesBy(trunk, start, sum, nodes, attentions) ? 'parallel' : 'attention';
}

/** Products of attention weights with values, fused attentions, and the products of attention without a softmax. */
function attentionNodes({ graph, influences }: Trunk, nodes: readonly GraphNode[]): ReadonlySet<GraphNode> {
  const inside = new Set(nodes);
  const found = new Set<GraphNode>();
  for (const node of nodes) {
    if (isFusedAttention(node)) found.add(node);
    if (node.operator !== 'Softmax') continue;
    const product = weighedValues(graph.consumers, node, inside);
    if (product) found.add(product);
  }
  if (found.size > 0) return found;
  const products = nodes.filter(
    (node) =>
      (node.operator === 'MatMul' || node.operator === 'Einsum') &&
      node.reads.length === 2 &&
      node.reads.every((name) => influences.latent(name)),
  );
  return new Set(products.length >= 2 ? products : []);
}

function weighedValues(
  consumers: ReadonlyMap<string, readonly GraphNode[]>,
  softmax: GraphNode,
  inside: ReadonlySet<GraphNode>,
): GraphNode | undefined {
  const stack = [softmax];
  const seen = new Set<GraphNode>();
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const reader of node.writes.flatMap((name) => consumers.get(name) ?? [])) {
      if (!inside.has(reader) || seen.has(reader)) continue;
      seen.add(reader);
      if (isMatrixProduct(reader)) return reader;
      if (isReordering(reader) || reader.operator === 'Where' || reader.operator === 'IsNaN')
        stack.push(reader);
    }
  }
  return undefined;
}

/** A product of the trunk with something that depends on other inputs by value, and on the trunk not at all. */
function readsPrompt(influences: Influences, node: GraphNode): boolean {
  if (!isMatrixProduct(node) && !isFusedAttention(node)) return false;
  const factors = node.reads.slice(0, isFusedAttention(node) ? 3 : 2);
  const fromPrompt = (name: string): boolean => influences.condition(name) && !influences.latent(name);
  return factors.some((name) => influences.latent(name)) && factors.some(fromPrompt);
}

/** Whether a way with a matrix product leads from the stream to what the module adds without touching the attention. */
function passesBy(
  { graph }: Trunk,
  start: string,
  sum: ResidualSum,
  nodes: readonly GraphNode[],
  attentions: ReadonlySet<GraphNode>,
): boolean {
  const multiplied = new Map<string, boolean>([[start, false]]);
  for (const node of nodes) {
    if (attentions.has(node) || node === sum.node) continue;
    const sources = node.reads.flatMap((name) => multiplied.get(name) ?? []);
    if (sources.length === 0) continue;
    const product = sources.includes(true) || isMatrixProduct(node);
    for (const name of node.writes) multiplied.set(name, product);
  }
  return multiplied.get(sum.branch) === true && graph.producers.has(sum.branch);
}
