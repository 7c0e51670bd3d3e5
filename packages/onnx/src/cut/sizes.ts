import type { Graph, GraphNode } from '../graph/graph.ts';
import { inferTypes } from '../graph/infer-types.ts';
import { replaceNodes } from '../graph/replace.ts';
import { backwardSlice } from '../graph/slice.ts';
import { looksAtSizes } from './carried.ts';
import { frontierOf } from './frontier.ts';
import type { Regions } from './regions.ts';
import { standIns } from './stand-in.ts';
import type { ResidualSum } from './sums.ts';
import { writes, type NodeSet, type Trunk } from './trunk.ts';

/**
 * Exporters ask for sizes wherever the program did, and share the answer: a late block may need the number of tokens that an
 * early one looked up. Such a node is made to look where the stream begins, at a tensor with the same sizes, so that every block
 * can be given the answer. Nothing else changes, and the self-check of the runner covers it.
 *
 * @param trunk - what carries the latent to the output
 * @param sums - residual sums
 * @param regions - which part of the model uses what
 * @param late - nodes that one module has looked up and a later one uses
 * @returns the graph itself if there is nothing to change
 */
export function anchorSizes(
  trunk: Trunk,
  sums: readonly ResidualSum[],
  regions: Regions,
  late: ReadonlySet<GraphNode>,
): Graph {
  const { graph, influences } = trunk;
  const streams = new Map(sums.map(({ output, stream }) => [output, stream]));
  const early = earlyTensors(trunk, regions);
  const made = standIns(trunk, streams, inferTypes(graph), early);
  const moved = new Map<GraphNode, string>();
  for (const node of graph.nodes) {
    const [source] = node.reads;
    if (!looksAtSizes(node) || source === undefined) continue;
    if (regions.of(node) !== 'several' && !late.has(node)) continue;
    if (!influences.latent(source) || early(source)) continue;
    const standIn = made.of(source);
    if (standIn !== undefined) moved.set(node, standIn);
  }
  if (moved.size === 0) return graph;
  return replaceNodes(graph, {
    added: made.nodes,
    initializers: made.nodes.length > 0 ? made.initializers : [],
    shortcuts: new Map(),
    rename: (node, name) => moved.get(node) ?? name,
  });
}

/** What is at hand where the stream begins: computed before it, or once per pass from what is. */
function earlyTensors({ graph, influences }: Trunk, regions: Regions): (tensor: string) => boolean {
  const known = new Map<string, boolean>();
  const isEarly = (tensor: string): boolean => {
    const node = graph.producers.get(tensor);
    const region = node && regions.of(node);
    if (!node || region === 0 || influences.constant(tensor)) return true;
    return region === 'several' && (!influences.latent(tensor) || node.reads.every(lookUp));
  };
  const lookUp = (tensor: string): boolean => {
    const early = known.get(tensor) ?? isEarly(tensor);
    known.set(tensor, early);
    return early;
  };
  return lookUp;
}

/**
 * What looks at sizes in one module of a block, for a later one as well: behind the cut between them its tensor is not there
 * any more.
 *
 * @param trunk - what carries the latent to the output
 * @param positions - tensors that flow at each cut
 * @param carried - tensors that are carried along
 * @param output - name of the output
 */
export function lookedUpBefore(
  trunk: Trunk,
  positions: readonly (readonly string[])[],
  carried: readonly string[],
  output: string,
): ReadonlySet<GraphNode> {
  const { graph, influences } = trunk;
  const found = new Set<GraphNode>();
  for (const position of positions) {
    const given = [...position, ...carried];
    const { before } = frontierOf(trunk, position);
    for (const node of backwardSlice(graph, given, [output]).nodes) {
      const [source = ''] = node.reads;
      if (
        looksAtSizes(node) &&
        influences.latent(source) &&
        !given.includes(source) &&
        isBefore(trunk, before, source)
      )
        found.add(node);
    }
  }
  return found;
}

function isBefore(trunk: Trunk, before: NodeSet, tensor: string): boolean {
  return !trunk.graph.producers.has(tensor) || writes(trunk, before, tensor);
}
