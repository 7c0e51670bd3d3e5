import type { GraphNode } from '../graph/graph.ts';
import { isCostly } from './operators.ts';
import type { ResidualSum } from './sums.ts';
import type { Trunk } from './trunk.ts';

/** A sum in its place on a stream. */
export interface Link {
  /** The sum. */
  readonly sum: ResidualSum;
  /**
   * Tensors on the way to it, through cheap nodes with one source each: from the sum before (which is left out) or, for the
   * first link, from where the stream begins, up to the stream that the module reads.
   */
  readonly path: readonly string[];
}

/** A residual stream: sums that each go on from the one before. */
export interface Chain {
  /** At least one link. */
  readonly links: readonly Link[];
}

/**
 * Joins residual sums to streams. Between two sums of a stream tokens may be moved, normed, scaled or given positions.
 *
 * @param trunk - what carries the latent to the output
 * @param sums - in topological order
 * @returns in the order of their first sums
 */
export function findChains(trunk: Trunk, sums: readonly ResidualSum[]): readonly Chain[] {
  const byOutput = new Map(sums.map((sum) => [sum.output, sum]));
  const chains: Link[][] = [];
  const ends = new Map<ResidualSum, Link[]>();
  for (const sum of sums) {
    const path = wayBack(trunk, byOutput, sum.source);
    const [start = ''] = path;
    const before = byOutput.get(start);
    const chain = (before && ends.get(before)) ?? [];
    if (before && chain.length > 0) {
      ends.delete(before);
      chain.push({ sum, path: path.slice(1) });
    } else {
      chain.push({ sum, path });
      chains.push(chain);
    }
    ends.set(sum, chain);
  }
  return chains.map((links) => ({ links }));
}

/** From a tensor back through cheap nodes of one source; the first of the result is where that ends. */
function wayBack(trunk: Trunk, sums: ReadonlyMap<string, ResidualSum>, tensor: string): readonly string[] {
  const path = [tensor];
  for (let name = tensor; !sums.has(name);) {
    const source = cheapSource(trunk, trunk.graph.producers.get(name));
    if (source === undefined) break;
    path.push(source);
    name = source;
  }
  return path.toReversed();
}

/**
 * The one tensor of the trunk (or of the conditioning, before a stream meets the latent) that a cheap node makes another
 * of.
 *
 * @param trunk - what carries the latent to the output
 * @param node - a node, or undefined for an input of the model
 * @returns undefined for a costly node, and for one with several sources or none
 */
function cheapSource({ influences }: Trunk, node: GraphNode | undefined): string | undefined {
  if (!node || isCostly(node)) return undefined;
  const latent = node.reads.filter((name) => influences.latent(name));
  const sources = new Set(latent);
  return sources.size === 1 ? latent[0] : undefined;
}
