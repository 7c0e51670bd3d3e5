import type { Graph, GraphNode } from '../graph/graph.ts';
import type { Influences } from './influence.ts';

/** A set of nodes, one byte for each node of the graph. */
export type NodeSet = Uint8Array;

/** A tensor that depends on the latent, as a node reads it. */
export interface TrunkRead {
  readonly name: string;
  /** Index of the node that writes it; −1 for an input of the model. */
  readonly producer: number;
}

/** What carries the latent to the output. */
export interface Trunk {
  /** The whole graph. */
  readonly graph: Graph;
  /** What depends on the latent. */
  readonly influences: Influences;
  /** Nodes that depend on values of the latent and that the output depends on by value, in topological order. */
  readonly nodes: readonly GraphNode[];
  /** The same as a set. */
  readonly members: NodeSet;
  /** What each node of the graph reads of what depends on the latent, by its index: looked up over and over. */
  readonly reads: readonly (readonly TrunkRead[])[];
  /** The output that is followed. */
  readonly output: string;
}

/**
 * Follows the output back to the latent, by value: what only looks at sizes carries nothing.
 *
 * @param graph - the model
 * @param influences - what depends on the latent
 * @param output - name of the output that is followed
 */
export function traceTrunk(graph: Graph, influences: Influences, output: string): Trunk {
  const members = new Uint8Array(graph.nodes.length);
  const reads = graph.nodes.map((node) => latentReads(graph, influences, node));
  const trunk = { graph, influences, nodes: [], members, reads, output };
  addAncestors(trunk, members, output);
  return { ...trunk, nodes: graph.nodes.filter(({ index }) => members[index] === 1) };
}

/**
 * Adds to a set of nodes whatever of the trunk a tensor is computed from.
 *
 * @param trunk - graph and influences
 * @param set - is changed; whatever it has, it has with all that comes before
 * @param tensor - a tensor of the trunk; any other adds nothing
 */
export function addAncestors({ graph, influences, reads }: Trunk, set: NodeSet, tensor: string): void {
  if (!influences.latent(tensor)) return;
  const stack = [graph.producers.get(tensor)?.index ?? -1];
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    if (index < 0 || set[index] === 1) continue;
    set[index] = 1;
    for (const { producer } of reads[index] ?? []) stack.push(producer);
  }
}

function latentReads(graph: Graph, influences: Influences, node: GraphNode): readonly TrunkRead[] {
  if (!node.writes.some((name) => influences.latent(name))) return [];
  return node.reads
    .filter((name) => influences.latent(name))
    .map((name) => ({ name, producer: graph.producers.get(name)?.index ?? -1 }));
}

/** Whether a set has the node that writes a tensor. */
export function writes({ graph }: Trunk, set: NodeSet, tensor: string): boolean {
  const node = graph.producers.get(tensor);
  return node !== undefined && set[node.index] === 1;
}

/**
 * Nodes of the trunk that one set has and another has not, in topological order.
 *
 * @param trunk - all nodes
 * @param set - has them
 * @param without - has them not
 */
export function difference({ nodes }: Trunk, set: NodeSet, without: NodeSet): readonly GraphNode[] {
  return nodes.filter(({ index }) => set[index] === 1 && without[index] !== 1);
}
