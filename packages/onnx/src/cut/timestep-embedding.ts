import type { Graph, GraphNode } from '../graph/graph.ts';
import type { Influences } from './influence.ts';
import { isMatrixProduct } from './operators.ts';

/** Name under which the timestep embedding can be tapped. */
export const TIMESTEP_EMBEDDING = 'timestep-embedding';

/**
 * Finds the timestep embedding of the usual form: sines and cosines of the timestep, a linear layer, an activation, a
 * second linear layer. It is the output of the second layer, with its bias.
 *
 * @param graph - the model
 * @param influences - what depends on which input
 * @returns undefined when the model has no such embedding, or several
 */
export function timestepEmbedding(graph: Graph, influences: Influences): string | undefined {
  const depth = new Map<string, number>();
  const found: string[] = [];
  for (const node of graph.nodes) {
    const before = depthBefore(graph, influences, node, depth);
    if (before === undefined) continue;
    const after = before + (isMatrixProduct(node) ? 1 : 0);
    for (const name of node.writes) depth.set(name, after);
    if (before === 1 && after === 2) found.push(withBias(graph, influences, node));
  }
  return found.length === 1 ? found[0] : undefined;
}

/** Linear layers between the sines and this node; undefined outside of the embedding. */
function depthBefore(
  graph: Graph,
  influences: Influences,
  node: GraphNode,
  depth: ReadonlyMap<string, number>,
): number | undefined {
  if (node.writes.some((name) => influences.latent(name))) return undefined;
  if (node.operator === 'Sin' || node.operator === 'Cos') return isFromTimestep(graph, node) ? 0 : undefined;
  const varying = node.reads.filter((name) => !influences.constant(name));
  const depths = varying.map((name) => depth.get(name));
  const known = depths.filter((one) => one !== undefined);
  return known.length === varying.length && known.length > 0 ? Math.max(...known) : undefined;
}

/** Rotary tables have sines too, of positions: those come from no input, or from one with more dimensions. */
function isFromTimestep(graph: Graph, node: GraphNode): boolean {
  const source = sourceInput(graph, node);
  const declared = graph.inputs.find(({ name }) => name === source);
  return declared?.shape !== undefined && declared.shape.length <= 1;
}

/** The only input of the model that a chain of element-wise nodes starts from. */
function sourceInput(graph: Graph, node: GraphNode): string | undefined {
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const seen = new Set<string>();
  const stack = [...node.reads];
  const sources = new Set<string>();
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (inputs.has(name)) sources.add(name);
    stack.push(...(graph.producers.get(name)?.reads ?? []));
  }
  return sources.size === 1 ? [...sources][0] : undefined;
}

function withBias(graph: Graph, influences: Influences, layer: GraphNode): string {
  const [output = ''] = layer.writes;
  const readers = graph.consumers.get(output) ?? [];
  const [bias] = readers;
  const adds = readers.length === 1 && bias?.operator === 'Add';
  const constant = adds && bias.reads.some((name) => influences.constant(name));
  return constant ? (bias.writes[0] ?? output) : output;
}
