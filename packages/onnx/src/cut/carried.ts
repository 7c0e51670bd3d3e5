import { OnnxError } from '../errors.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { backwardSlice } from '../graph/slice.ts';
import type { Regions } from './regions.ts';

/**
 * Conditioning that several blocks share (the timestep's modulation, the projected prompt) is computed once per pass and
 * carried along; what a single block uses is computed with that block.
 *
 * @param graph - the model
 * @param regions - which block uses what
 * @returns tensors that the first part of the pass has to give besides the stream
 */
export function carriedTensors(graph: Graph, regions: Regions): readonly string[] {
  const carried = new Set<string>();
  for (const node of graph.nodes) {
    const region = regions.of(node);
    if (region === undefined || region === 0 || region === 'several') continue;
    for (const name of node.reads) {
      const producer = graph.producers.get(name);
      if (producer && regions.of(producer) === 'several') carried.add(name);
    }
  }
  return [...carried];
}

/** What a cut gives to the parts behind it. */
export interface Cut {
  /** Name of the latent input, which must not be needed behind a cut. */
  readonly latent: string;
  /** Name of the output. */
  readonly output: string;
  /**
   * Tensors that flow at each position of the stream: its streams first, then what later blocks still need of earlier
   * ones.
   */
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
  const early = before.given.find((name) => !start.includes(name));
  if (early !== undefined)
    throw uncuttable(`conditioning that several blocks share depends on the stream at "${early}"`);
}

function uncuttable(message: string): OnnxError {
  return new OnnxError('MODEL_UNSUPPORTED', `the model cannot be cut between its blocks: ${message}`);
}

/** Nodes that only look at sizes. */
export function looksAtSizes({ operator }: GraphNode): boolean {
  return operator === 'Shape' || operator === 'Size';
}
