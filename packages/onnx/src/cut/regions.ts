import type { GraphNode } from '../graph/graph.ts';
import type { NodeSet, Trunk } from './trunk.ts';

/** 0 is everything before the first block, then come the blocks, then everything behind them. */
export type Region = number;

/** Where a block begins or the last one ends. */
export interface Boundary {
  /** Trunk nodes before it. */
  readonly before: NodeSet;
  /** Tensors that flow there. */
  readonly tensors: readonly string[];
}

/** Which part of the model uses what. */
export interface Regions {
  /** The region that a node of the trunk lies in, or that alone uses any other node; undefined for constants. */
  of(node: GraphNode): Region | 'several' | undefined;
  /** Whether a tensor is at hand in a region: computed there, or flowing into it. */
  hasTensor(region: Region, tensor: string): boolean;
}

/**
 * Finds out which block uses each node, directly or through nodes outside the trunk. What looks at sizes of a tensor that
 * its user does not have counts as shared.
 *
 * @param trunk - what carries the latent to the output
 * @param boundaries - before the first block, before the second, …, behind the last
 */
export function findRegions(trunk: Trunk, boundaries: readonly Boundary[]): Regions {
  const { graph, influences } = trunk;
  const regions = new Map<GraphNode, Region | 'several'>();
  for (const node of trunk.nodes) {
    const region = boundaries.findIndex(({ before }) => before[node.index] === 1);
    regions.set(node, region < 0 ? boundaries.length : region);
  }
  const hasTensor = (region: Region, tensor: string): boolean => {
    const producer = graph.producers.get(tensor);
    const computed = producer ? regions.get(producer) === region : region === 0;
    return computed || boundaries[region - 1]?.tensors.includes(tensor) === true;
  };
  for (const node of graph.nodes.toReversed()) {
    if (regions.has(node) || node.writes.every((name) => influences.constant(name))) continue;
    const readers = node.writes.flatMap((name) => graph.consumers.get(name) ?? []);
    const used = new Set(readers.flatMap((reader) => regions.get(reader) ?? []));
    const [only] = used;
    if (only === undefined) continue;
    const single = used.size === 1 && only !== 'several' && !takesFromSequence(node);
    const latent = node.reads.filter((name) => influences.latent(name));
    const atHand = single && latent.every((name) => hasTensor(only, name));
    regions.set(node, atHand ? only : 'several');
  }
  return { of: (node) => regions.get(node), hasTensor };
}

/** A sequence cannot be handed from one part of a model to another, its elements can. */
function takesFromSequence({ operator }: GraphNode): boolean {
  return operator === 'SequenceAt' || operator === 'ConcatFromSequence' || operator === 'OptionalGetElement';
}
