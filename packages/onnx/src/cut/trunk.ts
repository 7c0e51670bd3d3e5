import type { Graph, GraphNode } from '../graph/graph.ts';
import type { Influences } from './influence.ts';

/** A stretch of the trunk between two neighbouring cuts of width one. */
export interface Segment {
  /** The only trunk tensor that is alive where the segment begins. */
  readonly from: string;
  /** The only trunk tensor that is alive where it ends. */
  readonly until: string;
  /** Trunk nodes in between, in topological order; the last one writes `until`. */
  readonly nodes: readonly GraphNode[];
}

/**
 * The trunk is what carries the latent to the output. Where a single tensor of it is alive, every path runs through that
 * tensor (it dominates the output), so the model can be cut there. Such cuts do not depend on the order of the nodes.
 *
 * @param graph - the model
 * @param influences - what depends on the latent
 * @param latent - name of the input that is denoised
 * @param output - name of the output that is followed
 * @returns the segments in order; empty if the output does not depend on the latent
 */
export function segmentTrunk(
  graph: Graph,
  influences: Influences,
  latent: string,
  output: string,
): readonly Segment[] {
  const nodes = liveNodes(graph, influences, output);
  const lastReader = new Map<string, GraphNode>();
  for (const node of nodes) for (const name of node.reads) lastReader.set(name, node);
  const alive = new Set([latent]);
  const segments: Segment[] = [];
  let from = latent;
  let since: GraphNode[] = [];
  for (const node of nodes) {
    since.push(node);
    for (const name of node.writes) if (name === output || lastReader.has(name)) alive.add(name);
    for (const name of node.reads) if (lastReader.get(name) === node) alive.delete(name);
    const [only] = alive;
    if (alive.size !== 1 || only === undefined || only === from) continue;
    segments.push({ from, until: only, nodes: since });
    from = only;
    since = [];
  }
  return segments;
}

/** Nodes that depend on the latent and that the output depends on by value. */
function liveNodes(graph: Graph, influences: Influences, output: string): readonly GraphNode[] {
  const live = new Set<GraphNode>();
  const stack = [output];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    const node = graph.producers.get(name);
    if (!node || live.has(node) || !influences.latent(name)) continue;
    live.add(node);
    stack.push(...node.reads.filter((read) => influences.latent(read)));
  }
  return [...live].toSorted((a, b) => a.index - b.index);
}
