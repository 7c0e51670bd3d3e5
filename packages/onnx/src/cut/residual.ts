import type { Graph, GraphNode } from '../graph/graph.ts';
import type { Influences } from './influence.ts';
import { isMatrixProduct, isReordering } from './operators.ts';
import type { Segment } from './trunk.ts';

/** A segment of the form `x + gate · v`: a module on the residual stream. */
export interface Residual {
  /** The segment; its `from` is x, its `until` the sum. */
  readonly segment: Segment;
  /** v: the module's output before the gate. */
  readonly value: string;
  /** What the module multiplies first: the normed, scaled and shifted x. Undefined when it multiplies nothing. */
  readonly modulated: string | undefined;
  /** Its first matrix product. */
  readonly product: GraphNode | undefined;
}

/**
 * Recognises a residual module by its shape: the last node adds the trunk's only tensor and something else that depends on
 * the trunk. A factor that does not depend on the trunk is its gate and is taken off.
 *
 * @param graph - the model
 * @param influences - what depends on the latent
 * @param segment - a stretch between two cuts of width one
 * @returns undefined for any other segment
 */
export function residualOf(graph: Graph, influences: Influences, segment: Segment): Residual | undefined {
  const sum = segment.nodes.at(-1);
  if (sum?.operator !== 'Add' || sum.reads.length !== 2 || !sum.reads.includes(segment.from))
    return undefined;
  const branch = sum.reads.find((name) => name !== segment.from);
  if (branch === undefined || !influences.latent(branch)) return undefined;
  const value = withoutGate(graph, influences, branch);
  const product = segment.nodes.find(isMatrixProduct);
  return { segment, value, modulated: modulatedInput(graph, influences, segment, product), product };
}

function withoutGate(graph: Graph, influences: Influences, branch: string): string {
  const product = graph.producers.get(branch);
  if (product?.operator !== 'Mul') return branch;
  const factors = product.reads.filter((name) => influences.latent(name));
  return factors.length === 1 && product.reads.length === 2 ? (factors[0] ?? branch) : branch;
}

function modulatedInput(
  graph: Graph,
  influences: Influences,
  segment: Segment,
  product: GraphNode | undefined,
): string | undefined {
  const multiplied = product?.reads.find((name) => influences.latent(name));
  return multiplied === undefined ? undefined : beforeReordering(graph, influences, segment, multiplied);
}

/** Exporters may flatten tokens before a product; the tensor before that is the one that keeps the stream's layout. */
function beforeReordering(graph: Graph, influences: Influences, segment: Segment, tensor: string): string {
  const node = graph.producers.get(tensor);
  if (!node || !segment.nodes.includes(node) || !isReordering(node)) return tensor;
  const source = node.reads.find((name) => influences.latent(name));
  return source === undefined ? tensor : beforeReordering(graph, influences, segment, source);
}
