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
 * @param shared - nodes outside the trunk that count as shared, whoever uses them
 */
export function findRegions(
  trunk: Trunk,
  boundaries: readonly Boundary[],
  shared: Iterable<GraphNode> = [],
): Regions {
  const { graph } = trunk;
  const inTrunk = new Map<GraphNode, Region | 'several'>();
  for (const node of trunk.nodes) {
    const region = boundaries.findIndex(({ before }) => before[node.index] === 1);
    inTrunk.set(node, region < 0 ? boundaries.length : region);
  }
  let regions = inTrunk;
  const hasTensor = (region: Region, tensor: string): boolean => {
    const producer = graph.producers.get(tensor);
    const computed = producer ? regions.get(producer) === region : region === 0;
    return computed || boundaries[region - 1]?.tensors.includes(tensor) === true;
  };
  const several = new Set(shared);
  for (let before = -1; before < several.size;) {
    before = several.size;
    regions = byUsers(trunk, inTrunk, several);
    for (const [node, region] of regions)
      if (
        region !== 'several' &&
        !inTrunk.has(node) &&
        !latentReads(trunk, node).every((name) => hasTensor(region, name))
      )
        several.add(node);
  }
  return { of: (node) => regions.get(node), hasTensor };
}

/** Nodes outside the trunk lie with the one region that uses them, unless they are known to be shared. */
function byUsers(
  { graph, influences }: Trunk,
  inTrunk: ReadonlyMap<GraphNode, Region | 'several'>,
  shared: ReadonlySet<GraphNode>,
): Map<GraphNode, Region | 'several'> {
  const regions = new Map(inTrunk);
  for (const node of graph.nodes.toReversed()) {
    if (regions.has(node) || node.writes.every((name) => influences.constant(name))) continue;
    const readers = node.writes.flatMap((name) => graph.consumers.get(name) ?? []);
    const used = new Set(readers.flatMap((reader) => regions.get(reader) ?? []));
    const [only] = used;
    if (only === undefined) continue;
    const single = used.size === 1 && !takesFromSequence(node) && !shared.has(node);
    regions.set(node, single ? only : 'several');
  }
  return regions;
}

function latentReads({ influences }: Trunk, { reads }: GraphNode): readonly string[] {
  return reads.filter((name) => influences.latent(name));
}

/** A sequence cannot be handed from one part of a model to another, its elements can. */
function takesFromSequence({ operator }: GraphNode): boolean {
  return operator === 'SequenceAt' || operator === 'ConcatFromSequence' || operator === 'OptionalGetElement';
}
