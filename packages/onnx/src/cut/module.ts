import type { GraphNode } from '../graph/graph.ts';
import { isReordering } from './operators.ts';
import type { Trunk } from './trunk.ts';

/**
 * What a module adds to the stream, before its gate: a factor that does not depend on the trunk is the gate and is taken
 * off.
 *
 * @param trunk - what depends on the latent
 * @param branch - what is added
 */
export function withoutGate({ graph, influences }: Trunk, branch: string): string {
  const product = graph.producers.get(branch);
  if (product?.operator !== 'Mul') return branch;
  const factors = product.reads.filter((name) => influences.latent(name));
  return factors.length === 1 && product.reads.length === 2 ? (factors[0] ?? branch) : branch;
}

/**
 * What a module multiplies first: the normed, scaled and shifted stream. Exporters may flatten tokens before a product; the
 * tensor before that is the one that keeps the stream's layout.
 *
 * @param trunk - what depends on the latent
 * @param nodes - of the module
 * @param product - its first matrix product
 */
export function modulatedInput(
  trunk: Trunk,
  nodes: readonly GraphNode[],
  product: GraphNode | undefined,
): string | undefined {
  const multiplied = product?.reads.find((name) => trunk.influences.latent(name));
  return multiplied === undefined ? undefined : beforeReordering(trunk, nodes, multiplied);
}

function beforeReordering(trunk: Trunk, nodes: readonly GraphNode[], tensor: string): string {
  const inside = new Set(nodes);
  let name = tensor;
  for (;;) {
    const node = trunk.graph.producers.get(name);
    if (!node || !inside.has(node) || !isReordering(node)) return name;
    const source = node.reads.find((read) => trunk.influences.latent(read));
    if (source === undefined) return name;
    name = source;
  }
}
