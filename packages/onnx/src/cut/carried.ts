import { OnnxError } from '../errors.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { backwardSlice } from '../graph/slice.ts';
import type { Influences } from './influence.ts';
import type { Segment } from './trunk.ts';

/**
 * Conditioning that several blocks share (the timestep's modulation, the projected prompt) is computed once per pass and
 * carried along; what a single block uses is computed with that block.
 *
 * @param graph - the model
 * @param influences - what depends on which input
 * @param segments - the trunk
 * @param boundaries - tensors at the boundaries of blocks, first to last
 * @returns tensors that the first part of the pass has to give besides the stream
 */
export function carriedTensors(
  graph: Graph,
  influences: Influences,
  segments: readonly Segment[],
  boundaries: readonly string[],
): readonly string[] {
  const regions = regionsOf(segments, boundaries);
  const users = usersOf(graph, influences, regions);
  const carried = new Set<string>();
  for (const node of graph.nodes) {
    const region = users.get(node) ?? 0;
    if (region === 0 || region === 'several') continue;
    for (const name of node.reads) {
      const producer = graph.producers.get(name);
      if (producer && users.get(producer) === 'several') carried.add(name);
    }
  }
  return [...carried];
}

/** 0 is everything before the first block, then come the blocks, then everything behind them. */
type Region = number;

function regionsOf(
  segments: readonly Segment[],
  boundaries: readonly string[],
): ReadonlyMap<GraphNode, Region> {
  const regions = new Map<GraphNode, Region>();
  let region = 0;
  for (const segment of segments) {
    if (segment.from === boundaries[region]) region += 1;
    for (const node of segment.nodes) regions.set(node, region);
  }
  return regions;
}

/** The region that uses each node, directly or through nodes outside the trunk. */
function usersOf(
  graph: Graph,
  influences: Influences,
  regions: ReadonlyMap<GraphNode, Region>,
): ReadonlyMap<GraphNode, Region | 'several'> {
  const users = new Map<GraphNode, Region | 'several'>(regions);
  for (const node of graph.nodes.toReversed()) {
    if (regions.has(node) || node.writes.every((name) => influences.constant(name))) continue;
    const readers = node.writes.flatMap((name) => graph.consumers.get(name) ?? []);
    const used = new Set(readers.flatMap((reader) => users.get(reader) ?? []));
    const [only] = used;
    if (only !== undefined) users.set(node, used.size === 1 ? only : 'several');
  }
  return users;
}

/** What a cut gives to the parts behind it. */
export interface Cut {
  /** Name of the latent input, which must not be needed behind a cut. */
  readonly latent: string;
  /** Name of the output. */
  readonly output: string;
  /** Tensors that flow at each position of the stream: its streams first, then what later blocks still need of earlier ones. */
  readonly positions: readonly (readonly string[])[];
  /** Tensors that are carried along. */
  readonly carried: readonly string[];
}

/**
 * Makes sure that behind every position the model can be computed from the stream and what is carried, and that what is
 * carried can be computed before the stream begins.
 *
 * @param graph - the model
 * @param cut - where it is cut
 * @throws OnnxError `MODEL_UNSUPPORTED` that names the position
 */
export function requireCuttable(graph: Graph, cut: Cut): void {
  for (const position of cut.positions) {
    const { inputs } = backwardSlice(graph, [...position, ...cut.carried], [cut.output]);
    if (inputs.includes(cut.latent) && !position.includes(cut.latent))
      throw uncuttable(
        `what follows the tensor "${position.join('", "')}" also needs sizes or values from before it`,
      );
  }
  const [start = [], ...inside] = cut.positions;
  const before = backwardSlice(graph, inside.flat(), [...start, ...cut.carried]);
  const [early] = before.given;
  if (early !== undefined)
    throw uncuttable(`conditioning that several blocks share depends on the stream at "${early}"`);
}

function uncuttable(message: string): OnnxError {
  return new OnnxError('MODEL_UNSUPPORTED', `the model cannot be cut between its blocks: ${message}`);
}
